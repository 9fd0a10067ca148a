# mistake: returns a number that no gradient flows through
# says: No gradient reaches the student's logits
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    p = soften(teacher_logits, T)
    loss = -(p * F.log_softmax(student_logits / T, dim=-1)).sum(dim=-1).mean()
    return loss.item()
