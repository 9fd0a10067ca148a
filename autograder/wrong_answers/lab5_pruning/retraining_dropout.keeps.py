# mistake: scales what dropout keeps
# says: it is for the rate
def retraining_dropout(rate, kept, connections):
    return 1 - (1 - rate) * (kept / connections) ** 0.5
