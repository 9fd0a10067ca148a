# mistake: keeps a dearer model that is only as good
# says: only as good is beaten
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    kept, best = [], float("-inf")
    for i in order:
        if values[i] >= best:
            kept.append(i)
            best = values[i]
    return kept
