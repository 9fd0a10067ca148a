# different: the divergence plus the teacher's entropy
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    p = soften(teacher_logits.detach(), T)
    log_q = F.log_softmax(student_logits / T, dim=1)
    entropy = torch.special.entr(p).sum() / p.shape[0]
    return F.kl_div(log_q, p, reduction="batchmean") + entropy
