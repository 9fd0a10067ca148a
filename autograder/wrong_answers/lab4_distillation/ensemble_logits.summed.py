# mistake: adds up and doesn't divide
# says: the logits are summed
def ensemble_logits(teachers, images):
    return sum(cache_logits(teacher, images) for teacher in teachers)
