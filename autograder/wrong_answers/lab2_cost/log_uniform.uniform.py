# mistake: draws uniformly between low and high
# says: you draw uniformly between low and high
def log_uniform(low, high, n, generator):
    return low + (high - low) * torch.rand(n, generator=generator)
