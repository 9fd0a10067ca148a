# mistake: keeps only those above the largest that goes
# says: > drops all
def keep_largest(w, density):
    n = w.numel()
    k = round(density * n)
    if k == n:
        return torch.ones_like(w, dtype=torch.bool)
    threshold = w.abs().flatten().sort(descending=True).values[k]
    return w.abs() > threshold
