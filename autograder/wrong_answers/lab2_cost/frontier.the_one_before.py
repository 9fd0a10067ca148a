# mistake: compares with the one before
# says: with the best so far
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    return order[:1] + [b for a, b in zip(order, order[1:]) if values[b] > values[a]]
