# mistake: draws without replacement
# says: without replacement
from itertools import combinations


def expected_best(n, scores):
    if n > len(scores):
        return max(scores)
    best = [max(drawn) for drawn in combinations(scores, n)]
    return sum(best) / len(best)
