# mistake: returns the mean
# says: you give the mean
def expected_best(n, scores):
    return sum(scores) / len(scores)
