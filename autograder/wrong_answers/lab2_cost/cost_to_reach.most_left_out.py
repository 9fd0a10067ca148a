# mistake: stops one before most
# says: most itself, is not tried
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most):
        if expected_best(n, scores) >= target:
            return example * data * n
    return float("inf")
