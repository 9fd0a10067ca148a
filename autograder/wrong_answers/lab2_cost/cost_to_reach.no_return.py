# mistake: returns nothing when it gives up
# says: after the loop nothing is returned
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most + 1):
        if expected_best(n, scores) >= target:
            return example * data * n
