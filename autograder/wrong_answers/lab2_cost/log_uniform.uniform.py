# mistake: draws uniformly between low and high
# says: uniform between low and high
def log_uniform(low, high, n, generator):
    return low + (high - low) * torch.rand(n, generator=generator)
