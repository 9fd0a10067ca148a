# mistake: stops one before most
# says: you don't try the last n, most itself
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most):
        if expected_best(n, scores) >= target:
            return example * data * n
    return float("inf")
