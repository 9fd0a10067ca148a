# different: goes round by round
def weights_left(sizes, rounds, rate=0.2):
    left = [float(size) for size in sizes]
    for _ in range(rounds):
        for i in range(len(left)):
            left[i] *= 1 - (rate if i < len(left) - 1 else rate / 2)
    return sum(left) / sum(sizes)
