# mistake: asks for more than the target
# says: you ask for more than the target
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most + 1):
        if expected_best(n, scores) > target:
            return example * data * n
    return float("inf")
