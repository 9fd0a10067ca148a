# mistake: F.mse_loss as it comes
# says: this is mse_loss
def match_logits(student_logits, teacher_logits):
    return F.mse_loss(student_logits, teacher_logits)
