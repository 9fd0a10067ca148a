# mistake: kl_div with its mean over the classes as the soft part
# says: averaged over the classes too; use soft_cross_entropy
def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    log_q = F.log_softmax(student_logits / T, dim=1)
    soft = F.kl_div(log_q, F.softmax(teacher_logits / T, dim=1), reduction="mean") * T * T
    return alpha * soft + (1 - alpha) * F.cross_entropy(student_logits, labels)
