# mistake: squares instead
# says: take its root
def retraining_dropout(rate, kept, connections):
    return rate * (kept / connections) ** 2
