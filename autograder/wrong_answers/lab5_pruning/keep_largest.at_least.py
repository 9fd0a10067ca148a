# mistake: keeps all that are as large as the kth
# says: >= keeps all
def keep_largest(w, density):
    k = round(density * w.numel())
    if k == 0:
        return torch.zeros_like(w, dtype=torch.bool)
    threshold = w.abs().flatten().sort(descending=True).values[k - 1]
    return w.abs() >= threshold
