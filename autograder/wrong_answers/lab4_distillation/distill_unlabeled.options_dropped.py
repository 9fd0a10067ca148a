# mistake: doesn't pass the options on
# says: are not passed on: **options
def distill_unlabeled(student, teacher, images, T=4.0, **options):
    logits = cache_logits(teacher, images)
    generator = options["generator"]
    return distill(
        student,
        images,
        logits,
        logits.argmax(dim=1),
        T=T,
        alpha=1.0,
        epochs=20,
        lr=4e-3,
        batch=200,
        generator=generator,
    )
