# mistake: keeps the logarithm finite with a small number
# says: cuts the loss off; use log_softmax
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    p, q = soften(teacher_logits, T), soften(student_logits, T)
    return -torch.sum(p * torch.log(q + 1e-8), dim=1).mean()
