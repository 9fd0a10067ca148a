# different: kl_div summed, plus the entropy; one-hot labels
def distillation_loss(student_logits, teacher_logits, labels, T=4.0, alpha=0.9):
    n, classes = student_logits.shape
    p = soften(teacher_logits, T)
    divergence = F.kl_div(F.log_softmax(student_logits / T, -1), p, reduction="sum")
    soft = (divergence + torch.special.entr(p).sum()) / n
    one_hot = F.one_hot(labels, classes).float()
    hard = soft_cross_entropy(student_logits, 1e4 * one_hot, 1.0)
    return alpha * T**2 * soft + (1 - alpha) * hard
