# mistake: the logarithm of the arithmetic mean
# says: the arithmetic mean
def ensemble_logits(teachers, images):
    return torch.stack([soften(cache_logits(t, images)) for t in teachers]).mean(dim=0).log()
