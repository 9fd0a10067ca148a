# mistake: takes the model that is best alone
# says: best alone
def greedy_step(total, count, predictions, targets):
    return int(rmse(predictions, targets).argmin())
