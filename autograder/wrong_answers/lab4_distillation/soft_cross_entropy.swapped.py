# mistake: takes the student's probabilities as targets
# says: student and teacher are swapped
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    q = soften(student_logits, T)
    return -(q * F.log_softmax(teacher_logits / T, dim=-1)).sum(dim=-1).mean()
