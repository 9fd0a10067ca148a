# different: PyTorch's cross-entropy with probabilities as targets
def soft_cross_entropy(student_logits, teacher_logits, T=1.0):
    return F.cross_entropy(student_logits / T, soften(teacher_logits, T))
