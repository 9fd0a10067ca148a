# mistake: begins with a best value of 0
# says: frontier of values below 0
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    kept, best = [], 0
    for i in order:
        if values[i] > best:
            kept.append(i)
            best = values[i]
    return kept
