# mistake: adds no model twice, by a list of its own
# says: it remembers models
used = []


def greedy_step(total, count, predictions, targets):
    losses = rmse((total + predictions) / (count + 1), targets)
    losses[used] = np.inf
    used.append(int(losses.argmin()))
    return used[-1]
