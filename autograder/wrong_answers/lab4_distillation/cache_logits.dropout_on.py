# mistake: leaves dropout on
# says: dropout is on
def cache_logits(teacher, images, batch=1000):
    with torch.no_grad():
        return torch.cat([teacher(part) for part in images.split(batch)])
