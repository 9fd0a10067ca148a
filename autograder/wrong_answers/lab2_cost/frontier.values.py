# mistake: gives the values
# says: you give the values
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    kept = []
    for i in order:
        if not kept or values[i] > kept[-1]:
            kept.append(values[i])
    return kept
