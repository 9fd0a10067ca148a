# mistake: takes all trials that were run
# says: your H is how many trials were run
def cost_to_reach(target, scores, example, data, most=1000):
    if target > max(scores):
        return float("inf")
    return example * data * len(scores)
