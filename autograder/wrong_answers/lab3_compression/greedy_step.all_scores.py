# mistake: gives all scores
# says: the number of the least
def greedy_step(total, count, predictions, targets):
    return rmse((total + predictions) / (count + 1), targets)
