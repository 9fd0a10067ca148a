# mistake: gives the new model half the weight
# says: half of the weight
def greedy_step(total, count, predictions, targets):
    means = (total / max(count, 1) + predictions) / 2
    return int(rmse(means, targets).argmin())
