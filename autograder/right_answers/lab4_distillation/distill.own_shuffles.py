# different: shuffles by itself, zeroes the gradients at the end of each step
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
    n = len(images)
    for epoch in range(epochs):
        order = torch.randperm(n, generator=generator)
        for start in range(0, n, batch):
            rows = order[start : start + batch]
            logits = student(images[rows])
            distillation_loss(logits, teacher_logits[rows], labels[rows], T, alpha).backward()
            optimizer.step()
            optimizer.zero_grad()
    return student
