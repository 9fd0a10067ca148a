# mistake: averages the shares of the layers
# says: a large layer weighs more
def weights_left(sizes, rounds, rate=0.2):
    shares = [(1 - rate) ** rounds] * (len(sizes) - 1) + [(1 - rate / 2) ** rounds]
    return sum(shares) / len(shares)
