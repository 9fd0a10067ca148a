# mistake: takes the iteration of the fewest test errors
# says: peeking
def early_stop(iterations, losses, errors):
    best = errors.index(min(errors))
    return iterations[best], errors[best]
