# mistake: sorts the caller's list
# says: sorts its scores
def expected_best(n, scores):
    scores.sort()
    N = len(scores)
    return sum(v * ((i / N) ** n - ((i - 1) / N) ** n) for i, v in enumerate(scores, 1))
