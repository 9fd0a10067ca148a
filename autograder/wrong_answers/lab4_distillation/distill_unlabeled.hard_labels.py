# mistake: trains on the teacher's best class alone
# says: best classes are the only targets
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    logits = cache_logits(teacher, images)
    return distill(student, images, logits, logits.argmax(dim=1), T=T, alpha=0.0, **options)
