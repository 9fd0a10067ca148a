# different: products of matrices: a connection stays if a path goes through it
def remove_dead(masks):
    reached = [torch.ones(masks[0].shape[1])]
    for mask in masks:
        reached.append((mask.float() @ reached[-1] > 0).float())
    heard = [torch.ones(len(masks[-1]))]
    for mask in reversed(masks):
        heard.insert(0, (mask.float().T @ heard[0] > 0).float())
    return [mask * reached[i] * heard[i + 1][:, None] for i, mask in enumerate(masks)]
