# mistake: gives alpha to the labels
# says: alpha is the weight of the soft part
def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    soft = soft_cross_entropy(student_logits, teacher_logits, T) * T * T
    hard = F.cross_entropy(student_logits, labels)
    return alpha * hard + (1 - alpha) * soft
