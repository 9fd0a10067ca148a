# mistake: counts the pruned connections
# says: take those that are left
def retraining_dropout(rate, kept, connections):
    return rate * (1 - kept / connections) ** 0.5
