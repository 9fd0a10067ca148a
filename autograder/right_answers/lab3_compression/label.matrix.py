# different: a product of weights and answers
def label(x, members, weights):
    kept = [k for k in range(len(weights)) if weights[k]]
    answers = np.stack([members[k](x) for k in kept])
    return np.array([weights[k] for k in kept]) @ answers
