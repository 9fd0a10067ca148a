# mistake: does not use most
# says: you don't use most
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, 1001):
        if expected_best(n, scores) >= target:
            return example * data * n
    return float("inf")
