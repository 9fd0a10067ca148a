# mistake: the logarithm of a probability that is 0
# says: use log_softmax
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    p, q = soften(teacher_logits, T), soften(student_logits, T)
    return -(p * torch.log(q)).sum(dim=-1).mean()
