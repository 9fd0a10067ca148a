# mistake: returns inside the loop
# says: return only after the loop
def best_bias(logits, labels, digit, shifts):
    best_shift, fewest = None, float("inf")
    for shift in shifts:
        raised = logits.clone()
        raised[:, digit] += shift
        count = int((raised.argmax(dim=1) != labels).sum())
        if count < fewest:
            best_shift, fewest = shift, count
        return best_shift
