# mistake: returns after the first teacher
# says: only the first teacher
def ensemble_logits(teachers, images):
    total = 0
    for teacher in teachers:
        total = total + cache_logits(teacher, images)
        return total
