# mistake: forgets that the last layer loses half
# says: the last layer loses half the rate
def weights_left(sizes, rounds, rate=0.2):
    return (1 - rate) ** rounds
