# mistake: returns the best that was seen
# says: this is the best that was seen
def expected_best(n, scores):
    return max(scores)
