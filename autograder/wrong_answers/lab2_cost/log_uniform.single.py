# mistake: draws one number
# says: should be 4000 numbers
def log_uniform(low, high, n, generator):
    u = torch.rand(1, generator=generator)
    return low * (high / low) ** u
