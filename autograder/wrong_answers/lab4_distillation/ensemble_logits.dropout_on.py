# mistake: asks the teachers with dropout on
# says: dropout is on
def ensemble_logits(teachers, images):
    with torch.no_grad():
        return torch.stack([teacher(images) for teacher in teachers]).mean(dim=0)
