# mistake: gives the share that is gone
# says: the share that is pruned
def weights_left(sizes, rounds, rate=0.2):
    left = sum(sizes[:-1]) * (1 - rate) ** rounds + sizes[-1] * (1 - rate / 2) ** rounds
    return 1 - left / sum(sizes)
