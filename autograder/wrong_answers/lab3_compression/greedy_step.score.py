# mistake: gives the score
# says: argmin
def greedy_step(total, count, predictions, targets):
    return rmse((total + predictions) / (count + 1), targets).min()
