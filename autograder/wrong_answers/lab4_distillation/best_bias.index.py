# mistake: returns the number of the shift
# says: return the shift itself
def best_bias(logits, labels, digit, shifts):
    counts = []
    for shift in shifts:
        raised = logits.clone()
        raised[:, digit] += shift
        counts.append(int((raised.argmax(dim=1) != labels).sum()))
    return counts.index(min(counts))
