# mistake: returns H
# says: you give H alone
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most + 1):
        if expected_best(n, scores) >= target:
            return n
    return float("inf")
