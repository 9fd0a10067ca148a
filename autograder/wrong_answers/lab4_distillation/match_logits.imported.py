# mistake: imports the package's form inside
# says: uses greenlab.distill.match_logits
def match_logits(student_logits, teacher_logits):
    from greenlab.distill import match_logits as theirs

    return theirs(student_logits, teacher_logits)
