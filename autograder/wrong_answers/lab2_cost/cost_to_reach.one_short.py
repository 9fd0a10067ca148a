# mistake: counts the trials from 0
# says: your H is one trial short
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(most):
        if expected_best(n + 1, scores) >= target:
            return example * data * n
    return float("inf")
