# mistake: does not divide
# says: not divided
def greedy_step(total, count, predictions, targets):
    return int(rmse(total + predictions, targets).argmin())
