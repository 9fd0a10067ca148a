# different: next with a default, a tensor as the answer
def cost_to_reach(target, scores, example, data, most=1000):
    enough = (n for n in range(1, most + 1) if expected_best(n, scores) >= target)
    return torch.tensor(float(next(enough, float("inf"))), dtype=torch.float64) * example * data
