# mistake: returns the mean
# says: this is the mean
def expected_best(n, scores):
    return sum(scores) / len(scores)
