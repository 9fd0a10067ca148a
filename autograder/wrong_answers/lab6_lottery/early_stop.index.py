# mistake: gives the place in the list
# says: the place in the list
def early_stop(iterations, losses, errors):
    best = losses.index(min(losses))
    return best, errors[best]
