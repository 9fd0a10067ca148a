# mistake: takes the batches in the same order in every epoch
# says: the batches are not random
def distill(
    student,
    images,
    teacher_logits,
    labels,
    T=4.0,
    alpha=0.9,
    epochs=20,
    lr=4e-3,
    batch=200,
    generator=None,
):
    """Train the student in place on the teacher's logits (and the labels); return it."""
    optimizer = torch.optim.Adam(student.parameters(), lr=lr, fused=True)
    student.train()
    for _ in range(epochs):
        for start in range(0, len(images), batch):
            rows = slice(start, start + batch)
            logits = student(images[rows])
            loss = distillation_loss(logits, teacher_logits[rows], labels[rows], T, alpha)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return student
