# mistake: ignores the generator
# says: they don't come from the generator
def log_uniform(low, high, n, generator):
    u = np.random.rand(n)
    return low * (high / low) ** u
