# different: mse_loss times the number of classes, halved
def match_logits(student_logits, teacher_logits):
    return F.mse_loss(student_logits, teacher_logits) * student_logits.shape[-1] / 2
