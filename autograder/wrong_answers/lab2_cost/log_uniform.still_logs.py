# mistake: forgets to undo the logarithm
# says: exp undoes log
def log_uniform(low, high, n, generator):
    return np.log(low) + (np.log(high) - np.log(low)) * torch.rand(n, generator=generator)
