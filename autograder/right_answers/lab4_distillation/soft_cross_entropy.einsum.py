# different: einsum over digits and classes, logsumexp by hand
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    n = len(student_logits)
    scaled = student_logits / T
    log_q = scaled - torch.logsumexp(scaled, dim=-1, keepdim=True)
    with torch.no_grad():
        p = soften(teacher_logits, T)
    return -torch.einsum("nc,nc->", p, log_q) / n
