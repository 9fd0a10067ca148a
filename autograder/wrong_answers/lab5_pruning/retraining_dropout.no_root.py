# mistake: forgets the root
# says: the root is missing
def retraining_dropout(rate, kept, connections):
    return rate * kept / connections
