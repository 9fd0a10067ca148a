# mistake: the Kullback-Leibler divergence instead of the cross-entropy
# says: smaller by the teacher's entropy
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    log_q = F.log_softmax(student_logits / T, dim=-1)
    return F.kl_div(log_q, soften(teacher_logits, T), reduction="batchmean")
