# different: a power of the ratio, a list as the answer
def log_uniform(low, high, n, generator):
    return [low * (high / low) ** float(u) for u in torch.rand(n, generator=generator)]
