# mistake: makes the means in the library itself
# says: changes predictions
def greedy_step(total, count, predictions, targets):
    predictions += total
    predictions /= count + 1
    return int(rmse(predictions, targets).argmin())
