# different: a list of rows
def rand(x, count, rng):
    columns = [list(rng.choice(column, count)) for column in x.T]
    return [list(row) for row in zip(*columns)]
