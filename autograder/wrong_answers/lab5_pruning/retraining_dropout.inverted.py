# mistake: turns the fraction round
# says: upside down
def retraining_dropout(rate, kept, connections):
    return rate * (connections / max(kept, 1)) ** 0.5
