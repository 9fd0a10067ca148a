# mistake: forgets to undo the logarithm
# says: your draws are still logarithms
def log_uniform(low, high, n, generator):
    return np.log(low) + (np.log(high) - np.log(low)) * torch.rand(n, generator=generator)
