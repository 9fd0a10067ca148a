# mistake: lets the classes decide
# says: wrong classes decides
def greedy_step(total, count, predictions, targets):
    means = (total + predictions) / (count + 1)
    return int(((means >= 0.5) != (targets >= 0.5)).mean(1).argmin())
