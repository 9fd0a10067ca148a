# mistake: divides by a fixed number of teachers
# says: ensemble_logits of 2 teachers is not right
def ensemble_logits(teachers, images):
    total = torch.zeros(1)
    for teacher in teachers:
        total = total + cache_logits(teacher, images)
    return total / 3
