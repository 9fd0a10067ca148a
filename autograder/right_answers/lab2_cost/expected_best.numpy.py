# different: numpy, a numpy number as the answer
def expected_best(n, scores):
    v = np.sort(np.asarray(scores, dtype=float))
    cdf = np.linspace(0, 1, len(v) + 1) ** n
    return v @ (cdf[1:] - cdf[:-1])
