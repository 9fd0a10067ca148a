# mistake: hands probabilities on as logits
# says: probabilities are handed on
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    targets = soften(cache_logits(teacher, images))
    return distill(student, images, targets, targets.argmax(dim=1), T=T, alpha=1.0, **options)
