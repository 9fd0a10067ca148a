# mistake: expects three layers
# says: not enough values to unpack
def weights_left(sizes, rounds, rate=0.2):
    first, second, last = sizes
    left = (first + second) * (1 - rate) ** rounds + last * (1 - rate / 2) ** rounds
    return left / (first + second + last)
