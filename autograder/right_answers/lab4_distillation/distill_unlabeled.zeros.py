# different: zeros for labels, alpha handed on in a dictionary
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    nothing = torch.zeros(len(images), dtype=torch.long)
    settings = dict(options, T=T, alpha=1.0)
    distill(student, images, cache_logits(teacher, images), nothing, **settings)
    return student
