# mistake: forgets H
# says: you leave H out
def cost_to_reach(target, scores, example, data, most=1000):
    if expected_best(most, scores) < target:
        return float("inf")
    return example * data
