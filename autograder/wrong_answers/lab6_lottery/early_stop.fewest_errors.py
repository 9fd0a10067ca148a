# mistake: right iteration, but the fewest errors of all
# says: take those at that
def early_stop(iterations, losses, errors):
    return iterations[losses.index(min(losses))], min(errors)
