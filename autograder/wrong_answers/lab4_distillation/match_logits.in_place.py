# mistake: subtracts in the caller's logits
# says: changes its logits
def match_logits(student_logits, teacher_logits):
    teacher_logits -= student_logits
    return 0.5 * (teacher_logits**2).sum(dim=1).mean()
