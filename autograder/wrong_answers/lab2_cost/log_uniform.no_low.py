# mistake: forgets low
# says: you forget low
def log_uniform(low, high, n, generator):
    return (high / low) ** torch.rand(n, generator=generator)
