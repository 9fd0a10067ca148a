# mistake: returns the last batch only
# says: only the last batch
def cache_logits(teacher, images, batch=1000):
    teacher.eval()
    with torch.no_grad():
        for part in images.split(batch):
            logits = teacher(part)
    return logits
