# different: each option by its name, random labels
def distill_unlabeled(
    student, teacher, images, T=4.0, epochs=20, lr=4e-3, batch=200, generator=None
):
    logits = cache_logits(teacher, images, batch=64)
    made_up = torch.randint(logits.shape[1], (images.shape[0],))
    distill(
        student,
        images,
        logits,
        made_up,
        T=T,
        alpha=1,
        epochs=epochs,
        lr=lr,
        batch=batch,
        generator=generator,
    )
    return student
