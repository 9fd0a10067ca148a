# mistake: writes the square as in a formula
# says: bitwise_xor
def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    soft = soft_cross_entropy(student_logits, teacher_logits, T)
    return alpha * T ^ 2 * soft + (1 - alpha) * F.cross_entropy(student_logits, labels)
