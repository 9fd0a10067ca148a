# mistake: steps outside the loop over the batches
# says: optimizer.step() after each
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
        for rows in train.batches(len(images), batch, generator):
            loss = distillation_loss(
                student(images[rows]), teacher_logits[rows], labels[rows], T, alpha
            )
            optimizer.zero_grad()
            loss.backward()
        optimizer.step()
    return student
