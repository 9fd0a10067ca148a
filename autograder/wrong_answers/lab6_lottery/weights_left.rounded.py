# mistake: rounds to four decimals
# says: is not right
def weights_left(sizes, rounds, rate=0.2):
    left = sum(sizes[:-1]) * (1 - rate) ** rounds + sizes[-1] * (1 - rate / 2) ** rounds
    return round(left / sum(sizes), 4)
