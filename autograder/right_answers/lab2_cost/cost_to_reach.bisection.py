# different: bisection: the expected best rises with n
def cost_to_reach(target, scores, example, data, most=1000):
    if expected_best(most, scores) < target:
        return np.inf
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if expected_best(middle, scores) >= target:
            high = middle
        else:
            low = middle
    return high * example * data
