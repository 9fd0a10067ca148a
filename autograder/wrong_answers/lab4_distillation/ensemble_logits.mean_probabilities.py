# mistake: the arithmetic mean of the probabilities
# says: this is the mean of the probabilities
def ensemble_logits(teachers, images):
    return torch.stack([soften(cache_logits(t, images)) for t in teachers]).mean(dim=0)
