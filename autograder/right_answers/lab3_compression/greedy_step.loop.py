# different: a loop over the models
def greedy_step(total, count, predictions, targets):
    best, least = None, np.inf
    for m in range(len(predictions)):
        score = rmse((total + predictions[m]) / (count + 1), targets)
        if score < least:
            best, least = m, score
    return best
