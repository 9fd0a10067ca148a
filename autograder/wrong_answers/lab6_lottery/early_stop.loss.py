# mistake: gives the least loss, not where it is
# says: this is the least loss
def early_stop(iterations, losses, errors):
    return min(losses), errors[losses.index(min(losses))]
