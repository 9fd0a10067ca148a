# mistake: sorts from high to low
# says: you sort from high to low
def expected_best(n, scores):
    N, ranked = len(scores), sorted(scores, reverse=True)
    return sum(v * ((i / N) ** n - ((i - 1) / N) ** n) for i, v in enumerate(ranked, 1))
