# mistake: gives a grid, not draws
# says: nothing is random
def log_uniform(low, high, n, generator):
    return torch.logspace(np.log10(low), np.log10(high), n)
