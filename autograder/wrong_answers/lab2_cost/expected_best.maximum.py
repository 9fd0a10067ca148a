# mistake: returns the best that was seen
# says: you give the best that was seen
def expected_best(n, scores):
    return max(scores)
