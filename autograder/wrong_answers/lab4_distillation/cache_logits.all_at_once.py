# mistake: ignores batch
# says: 25 images at once; with batch
def cache_logits(teacher, images, batch=1000):
    teacher.eval()
    with torch.no_grad():
        return teacher(images)
