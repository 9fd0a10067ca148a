# mistake: takes the last of equal losses
# says: the first counts
def early_stop(iterations, losses, errors):
    best = 0
    for i in range(len(losses)):
        if losses[i] <= losses[best]:
            best = i
    return iterations[best], errors[best]
