# different: sums the steps between scores times the chance to be above
def expected_best(n, scores):
    v, N = sorted(scores), len(scores)
    total = v[0]
    for i in range(1, N):
        total += (v[i] - v[i - 1]) * (1 - (i / N) ** n)
    return total
