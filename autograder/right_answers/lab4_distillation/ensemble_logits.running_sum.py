# different: a running sum
def ensemble_logits(teachers, images):
    total = None
    for teacher in teachers:
        logits = cache_logits(teacher, images)
        total = logits if total is None else total + logits
    return total / len(teachers)
