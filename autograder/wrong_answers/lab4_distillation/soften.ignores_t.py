# mistake: forgets T
# says: T has no effect
def soften(logits, T=1.0):
    return F.softmax(logits, dim=1)
