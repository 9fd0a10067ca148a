# mistake: gives the number of weights
# says: divide by how many
def weights_left(sizes, rounds, rate=0.2):
    return sum(sizes[:-1]) * (1 - rate) ** rounds + sizes[-1] * (1 - rate / 2) ** rounds
