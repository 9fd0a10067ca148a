# mistake: undoes a natural logarithm by powers of ten
# says: you take 10 ** of a natural logarithm
def log_uniform(low, high, n, generator):
    u = torch.rand(n, generator=generator)
    return 10 ** (np.log(low) + (np.log(high) - np.log(low)) * u)
