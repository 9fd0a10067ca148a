# mistake: begins with a number of errors that a large set exceeds
# says: gave None
def best_bias(logits, labels, digit, shifts):
    best_shift, fewest = None, 9999
    for shift in shifts:
        raised = logits.clone()
        raised[:, digit] += shift
        count = int((raised.argmax(dim=1) != labels).sum())
        if count < fewest:
            best_shift, fewest = shift, count
    return best_shift
