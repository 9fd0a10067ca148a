# mistake: goes from the dearest to the cheapest
# says: from the most expensive to the cheapest
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    kept, best = [], float("-inf")
    for i in order:
        if values[i] > best:
            kept.append(i)
            best = values[i]
    return kept[::-1]
