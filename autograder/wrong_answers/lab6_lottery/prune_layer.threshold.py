# mistake: compares with a threshold, and keeps all equally large ones
# says: >= keeps all weights at the threshold
def prune_layer(w, mask, rate):
    left = w[mask].abs().sort(descending=True).values
    k = round((1 - rate) * len(left))
    return mask & (w.abs() >= left[k - 1])
