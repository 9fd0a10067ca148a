# mistake: forgets D
# says: you leave D out
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most + 1):
        if expected_best(n, scores) >= target:
            return example * n
    return float("inf")
