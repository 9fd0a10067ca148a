# mistake: returns inside the loop
# says: return after the loop
def cache_logits(teacher, images, batch=1000):
    teacher.eval()
    kept = []
    with torch.no_grad():
        for part in images.split(batch):
            kept.append(teacher(part))
            return torch.cat(kept)
