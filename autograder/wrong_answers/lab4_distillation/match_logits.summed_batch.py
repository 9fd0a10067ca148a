# mistake: sums over the batch
# says: average over it
def match_logits(student_logits, teacher_logits):
    return 0.5 * F.mse_loss(student_logits, teacher_logits, reduction="sum")
