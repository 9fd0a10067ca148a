# different: a DataLoader, gradients set to None one by one
from torch.utils.data import DataLoader, TensorDataset


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
    loader = DataLoader(
        TensorDataset(images, teacher_logits, labels), batch, shuffle=True, generator=generator
    )
    epoch = 0
    while epoch < epochs:
        for x, targets, y in loader:
            for weights in student.parameters():
                weights.grad = None
            loss = distillation_loss(student(x), targets, y, T=T, alpha=alpha)
            loss.backward()
            optimizer.step()
        epoch += 1
    return student
