# mistake: takes the power n − 1
# says: you take the power n − 1
def expected_best(n, scores):
    N, k = len(scores), n - 1
    return sum(v * ((i / N) ** k - ((i - 1) / N) ** k) for i, v in enumerate(sorted(scores), 1))
