# mistake: takes the first trial that was as good
# says: by luck
def cost_to_reach(target, scores, example, data, most=1000):
    for n in range(1, most + 1):
        if max(scores[:n]) >= target:
            return example * data * n
    return float("inf")
