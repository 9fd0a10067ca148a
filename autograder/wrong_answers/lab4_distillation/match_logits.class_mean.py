# mistake: half of mse_loss: a mean over the classes too
# says: the mean runs over the classes too
def match_logits(student_logits, teacher_logits):
    return 0.5 * ((student_logits - teacher_logits) ** 2).mean()
