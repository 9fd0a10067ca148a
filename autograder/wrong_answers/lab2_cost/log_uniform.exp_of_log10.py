# mistake: undoes log10 by exp
# says: you take exp of a log10
def log_uniform(low, high, n, generator):
    u = torch.rand(n, generator=generator)
    return torch.exp(np.log10(low) + (np.log10(high) - np.log10(low)) * u)
