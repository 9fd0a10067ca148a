# mistake: calls the package's form
# says: uses greenlab.studies.expected_best
def expected_best(n, scores):
    return cost.expected_best(n, scores)
