# different: a closure that the optimizer calls, batches kept in a list, zero_grad of the student
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
    optimizer = torch.optim.Adam(student.parameters(), lr=lr)

    def one_batch(rows):
        def closure():
            student.zero_grad(set_to_none=False)
            loss = distillation_loss(
                student(images[rows]), teacher_logits[rows], labels[rows], T, alpha
            )
            loss.backward()
            return loss

        return closure

    student.train()
    for _ in range(epochs):
        for rows in list(train.batches(len(images), batch, generator)):
            optimizer.step(one_batch(rows))
    student.eval()
    return student
