# different: the largest of random scores, as numbers 0 and 1
def random_masks(masks, generator):
    new = {}
    for name, mask in masks.items():
        scores = torch.rand(mask.shape, generator=generator).flatten()
        chosen = torch.zeros_like(scores)
        chosen[scores.topk(mask.sum().item()).indices] = 1.0
        new[name] = chosen.reshape(mask.shape)
    return new
