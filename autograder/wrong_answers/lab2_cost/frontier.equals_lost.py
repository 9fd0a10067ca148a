# mistake: drops both of two equal models
# says: you drop both of two equal models
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    n = range(len(costs))
    return [
        i
        for i in order
        if not any(j != i and costs[j] <= costs[i] and values[j] >= values[i] for j in n)
    ]
