# mistake: leaves the half out
# says: the factor 1/2 is missing
def match_logits(student_logits, teacher_logits):
    return (student_logits - teacher_logits).square().sum(dim=-1).mean()
