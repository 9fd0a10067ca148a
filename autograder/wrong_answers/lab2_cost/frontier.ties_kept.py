# mistake: keeps a dearer model that is only as good
# says: you keep a more expensive model that is only as good
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    kept, best = [], float("-inf")
    for i in order:
        if values[i] >= best:
            kept.append(i)
            best = values[i]
    return kept
