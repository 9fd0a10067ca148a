# mistake: passes over the model that is in
# says: passed over; one may be added again
def greedy_step(total, count, predictions, targets):
    losses = rmse((total + predictions) / (count + 1), targets)
    losses[np.isclose(predictions, total).all(1)] = np.inf
    return int(losses.argmin())
