# mistake: takes the worst
# says: worst ensemble
def greedy_step(total, count, predictions, targets):
    return int(rmse((total + predictions) / (count + 1), targets).argmax())
