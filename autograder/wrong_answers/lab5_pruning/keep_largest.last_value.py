# mistake: compares with the kth value, which for k = 0 is the last one
# says: >= keeps all
def keep_largest(w, density):
    k = round(density * w.numel())
    return w.abs() >= w.abs().flatten().sort(descending=True).values[k - 1]
