# mistake: takes the best of the first n
# says: the best of the first n
def expected_best(n, scores):
    return max(scores[:n])
