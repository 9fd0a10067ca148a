# mistake: averages each teacher with the mean so far
# says: add them all up, then divide once
def ensemble_logits(teachers, images):
    mean = cache_logits(teachers[0], images)
    for teacher in teachers[1:]:
        mean = (mean + cache_logits(teacher, images)) / 2
    return mean
