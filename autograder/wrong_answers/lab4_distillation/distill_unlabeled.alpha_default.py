# mistake: leaves alpha at 0.9
# says: alpha is not 1
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    logits = cache_logits(teacher, images)
    return distill(student, images, logits, logits.argmax(dim=1), T=T, **options)
