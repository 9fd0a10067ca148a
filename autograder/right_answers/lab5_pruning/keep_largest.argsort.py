# different: sorts from the largest down
def keep_largest(w, density):
    k = int(round(density * w.numel()))
    order = torch.argsort(w.abs().reshape(-1), descending=True)
    mask = torch.zeros_like(w).reshape(-1)
    mask[order[:k]] = 1
    return mask.reshape(w.shape).bool()
