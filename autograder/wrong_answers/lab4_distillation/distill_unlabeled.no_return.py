# mistake: returns nothing
# says: should return the student
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    logits = cache_logits(teacher, images)
    distill(student, images, logits, logits.argmax(dim=1), T=T, alpha=1.0, **options)
