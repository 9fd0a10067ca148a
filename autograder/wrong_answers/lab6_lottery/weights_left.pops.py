# mistake: takes the last size out of its caller's list
# says: changes the list
def weights_left(sizes, rounds, rate=0.2):
    total, last = sum(sizes), sizes.pop()
    return (sum(sizes) * (1 - rate) ** rounds + last * (1 - rate / 2) ** rounds) / total
