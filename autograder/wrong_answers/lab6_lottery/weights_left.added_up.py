# mistake: adds the shares up, round by round
# says: multiplied
def weights_left(sizes, rounds, rate=0.2):
    left = sum(sizes[:-1]) * (1 - rate * rounds) + sizes[-1] * (1 - rate * rounds / 2)
    return left / sum(sizes)
