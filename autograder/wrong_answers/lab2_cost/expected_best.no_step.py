# mistake: takes the cumulative probability
# says: should be its step from the score below
def expected_best(n, scores):
    N = len(scores)
    return sum(v * (i / N) ** n for i, v in enumerate(sorted(scores), 1))
