# mistake: finds the shift, but leaves the last one in the caller's logits
# says: changes the caller's logits
def best_bias(logits, labels, digit, shifts):
    column = logits[:, digit].clone()
    counts = []
    for shift in shifts:
        logits[:, digit] = column + shift
        counts.append(int((logits.argmax(dim=1) != labels).sum()))
    return shifts[counts.index(min(counts))]
