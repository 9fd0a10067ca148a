# mistake: gives up after the first n
# says: you give up too early (n = 2 is enough)
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most + 1):
        if expected_best(n, scores) >= target:
            return example * data * n
        else:
            return float("inf")
