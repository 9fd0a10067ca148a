# mistake: T squared on the whole sum
# says: on the soft part alone
def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    soft = soft_cross_entropy(student_logits, teacher_logits, T)
    hard = F.cross_entropy(student_logits, labels)
    return T**2 * (alpha * soft + (1 - alpha) * hard)
