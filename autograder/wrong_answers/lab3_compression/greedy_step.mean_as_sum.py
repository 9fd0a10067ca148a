# mistake: multiplies the sum by the count
# says: a sum, not a mean
def greedy_step(total, count, predictions, targets):
    means = (total * count + predictions) / (count + 1)
    return int(rmse(means, targets).argmin())
