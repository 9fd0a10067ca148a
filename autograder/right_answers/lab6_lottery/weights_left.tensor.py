# different: with tensors, as a tensor
def weights_left(sizes, rounds, rate=0.2):
    n = torch.tensor(sizes, dtype=torch.float64)
    keep = torch.full_like(n, 1 - rate)
    keep[-1] = 1 - rate / 2
    return (n * keep**rounds).sum() / n.sum()
