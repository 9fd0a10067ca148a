# mistake: softens the hard part too
# says: the hard part is taken at T
def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    soft = soft_cross_entropy(student_logits, teacher_logits, T)
    hard = F.cross_entropy(student_logits / T, labels)
    return alpha * T**2 * soft + (1 - alpha) * hard
