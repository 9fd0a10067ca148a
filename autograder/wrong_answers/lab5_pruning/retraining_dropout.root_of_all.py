# mistake: takes the root of everything
# says: goes over the rate too
def retraining_dropout(rate, kept, connections):
    return (rate * kept / connections) ** 0.5
