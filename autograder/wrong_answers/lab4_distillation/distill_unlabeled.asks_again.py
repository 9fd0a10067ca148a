# mistake: asks the teacher again for every batch
# says: ask it once
def distill_unlabeled(
    student, teacher, images, T=4.0, epochs=20, lr=4e-3, batch=200, generator=None
):
    optimizer = torch.optim.Adam(student.parameters(), lr=lr)
    for _ in range(epochs):
        for rows in train.batches(len(images), batch, generator):
            targets = cache_logits(teacher, images[rows])
            loss = T**2 * soft_cross_entropy(student(images[rows]), targets, T)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return student
