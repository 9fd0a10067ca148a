# different: a loop that remembers the best, a list
def early_stop(iterations, losses, errors):
    best_loss = float("inf")
    for iteration, loss, count in zip(iterations, losses, errors):
        if loss < best_loss:
            best_loss, answer = loss, [iteration, count]
    return answer
