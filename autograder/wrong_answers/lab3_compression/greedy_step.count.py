# mistake: divides by count
# says: count + 1
def greedy_step(total, count, predictions, targets):
    means = (total + predictions) / max(count, 1)
    return int(rmse(means, targets).argmin())
