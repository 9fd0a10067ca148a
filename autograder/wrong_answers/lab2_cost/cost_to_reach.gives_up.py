# mistake: returns the last price when it gives up
# says: they don't reach the target, it should be float('inf')
def cost_to_reach(target, scores, example, data, most=1000):
    n = 1
    while n < most and expected_best(n, scores) < target:
        n += 1
    return example * data * n
