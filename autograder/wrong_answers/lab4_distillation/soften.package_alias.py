# mistake: calls the package's form by another name
# says: uses greenlab.distill.soften
their_softmax = package.soften


def soften(logits, T=1.0):
    return their_softmax(logits, T)
