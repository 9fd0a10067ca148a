# mistake: takes the paper's 20% whatever the rate
# says: the rate is not used
def weights_left(sizes, rounds, rate=0.2):
    return (sum(sizes[:-1]) * 0.8**rounds + sizes[-1] * 0.9**rounds) / sum(sizes)
