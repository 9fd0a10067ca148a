# different: a loop of its own over soft cross-entropy, no labels at all
def distill_unlabeled(
    student, teacher, images, T=4.0, epochs=20, lr=4e-3, batch=200, generator=None
):
    targets = cache_logits(teacher, images)
    optimizer = torch.optim.Adam(student.parameters(), lr=lr)
    for _ in range(epochs):
        for rows in train.batches(len(images), batch, generator):
            optimizer.zero_grad()
            loss = T**2 * soft_cross_entropy(student(images[rows]), targets[rows], T)
            loss.backward()
            optimizer.step()
    return student
