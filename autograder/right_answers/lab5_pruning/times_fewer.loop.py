# different: in a loop
def times_fewer(sizes, biases, densities):
    before = after = 0
    for n, b, d in zip(sizes, biases, densities):
        before += n + b
        after += n * d + b
    return before / after
