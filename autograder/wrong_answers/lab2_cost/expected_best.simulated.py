# mistake: draws at random
# says: you draw at random
def expected_best(n, scores):
    drawn = np.random.choice(scores, size=(20_000, n))
    return float(drawn.max(axis=1).mean())
