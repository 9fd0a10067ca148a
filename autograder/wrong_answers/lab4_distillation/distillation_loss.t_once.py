# mistake: multiplies by T, not T squared
# says: it should be T squared
def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    soft = soft_cross_entropy(student_logits, teacher_logits, T)
    hard = F.cross_entropy(student_logits, labels)
    return alpha * T * soft + (1 - alpha) * hard
