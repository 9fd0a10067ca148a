# mistake: sets a seed inside
# says: a seed is set inside
def log_uniform(low, high, n, generator):
    u = torch.rand(n, generator=torch.Generator().manual_seed(0))
    return low * (high / low) ** u
