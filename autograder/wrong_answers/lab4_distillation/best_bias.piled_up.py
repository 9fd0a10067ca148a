# mistake: adds each shift on top of the one before, in the caller's logits
# says: on top of the one before
def best_bias(logits, labels, digit, shifts):
    best_shift, fewest = None, float("inf")
    for shift in shifts:
        logits[:, digit] += shift
        count = (logits.argmax(dim=1) != labels).sum()
        if count < fewest:
            best_shift, fewest = shift, count
    return best_shift
