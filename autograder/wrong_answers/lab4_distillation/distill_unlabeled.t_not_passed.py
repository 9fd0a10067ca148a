# mistake: doesn't pass T on
# says: T is not passed on
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    logits = cache_logits(teacher, images)
    return distill(student, images, logits, logits.argmax(dim=1), alpha=1.0, **options)
