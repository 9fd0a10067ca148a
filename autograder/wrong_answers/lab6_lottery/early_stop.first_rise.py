# mistake: stops at the first rise
# says: first rise
def early_stop(iterations, losses, errors):
    i = 0
    while i + 1 < len(losses) and losses[i + 1] <= losses[i]:
        i += 1
    return iterations[i], errors[i]
