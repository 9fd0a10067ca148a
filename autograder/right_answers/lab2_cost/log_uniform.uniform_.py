# different: fills a tensor with uniform_, powers of two, numpy as the answer
def log_uniform(low, high, n, generator):
    exponents = torch.empty(n, dtype=torch.float64)
    exponents.uniform_(np.log2(low), np.log2(high), generator=generator)
    return 2.0 ** exponents.numpy()
