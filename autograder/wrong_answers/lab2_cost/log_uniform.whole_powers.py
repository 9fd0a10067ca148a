# mistake: draws whole powers of ten
# says: in log_uniform(8, 512, 4800, generator)
def log_uniform(low, high, n, generator):
    first, last = round(np.log10(low)), round(np.log10(high))
    edges = torch.linspace(first, last, 400)
    k = torch.randint(0, 100 * (last - first), (n,), generator=generator)
    return torch.clamp(10.0 ** (first + k / 100), low, high)
