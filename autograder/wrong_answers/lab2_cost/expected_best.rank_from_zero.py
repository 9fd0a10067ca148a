# mistake: counts the ranks from 0
# says: your ranks are off by one
def expected_best(n, scores):
    N = len(scores)
    return sum(v * ((i / N) ** n - ((i - 1) / N) ** n) for i, v in enumerate(sorted(scores)))
