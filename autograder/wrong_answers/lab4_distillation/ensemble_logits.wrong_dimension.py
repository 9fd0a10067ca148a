# mistake: averages over the images
# says: over the teachers (dim=0)
def ensemble_logits(teachers, images):
    return torch.stack([cache_logits(teacher, images) for teacher in teachers]).mean(dim=1)
