# mistake: asks the teacher with dropout on
# says: dropout is on
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    with torch.no_grad():
        logits = teacher(images)
    return distill(student, images, logits, logits.argmax(dim=1), T=T, alpha=1.0, **options)
