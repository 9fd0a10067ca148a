# mistake: forgets to keep the fewest errors
# says: this is the last shift
def best_bias(logits, labels, digit, shifts):
    fewest = float("inf")
    for shift in shifts:
        raised = logits.clone()
        raised[:, digit] += shift
        count = int((raised.argmax(dim=1) != labels).sum())
        if count < fewest:
            best_shift = shift
    return best_shift
