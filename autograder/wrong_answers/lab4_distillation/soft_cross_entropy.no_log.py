# mistake: forgets the logarithm
# says: the logarithm is missing
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    p, q = soften(teacher_logits, T), soften(student_logits, T)
    return -(p * q).sum(dim=-1).mean()
