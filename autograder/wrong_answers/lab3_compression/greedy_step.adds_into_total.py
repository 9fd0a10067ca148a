# mistake: adds the model into total
# says: changes total
def greedy_step(total, count, predictions, targets):
    m = int(rmse((total + predictions) / (count + 1), targets).argmin())
    total += predictions[m]
    return m
