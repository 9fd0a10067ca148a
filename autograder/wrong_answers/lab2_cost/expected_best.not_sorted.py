# mistake: does not sort
# says: you don't sort the scores
def expected_best(n, scores):
    N = len(scores)
    return sum(v * ((i / N) ** n - ((i - 1) / N) ** n) for i, v in enumerate(scores, 1))
