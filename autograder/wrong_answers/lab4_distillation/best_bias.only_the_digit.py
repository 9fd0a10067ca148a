# mistake: counts the errors on the unseen digit alone
# says: only the unseen digit is counted
def best_bias(logits, labels, digit, shifts):
    best_shift, fewest = None, float("inf")
    for shift in shifts:
        raised = logits.clone()
        raised[:, digit] += shift
        wrong = raised.argmax(dim=1) != labels
        count = int(wrong[labels == digit].sum())
        if count < fewest:
            best_shift, fewest = shift, count
    return best_shift
