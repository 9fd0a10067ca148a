# mistake: lets only cheaper models beat
# says: as cheap and better should beat, too
def frontier(costs, values):
    n = range(len(costs))
    kept = [i for i in n if not any(costs[j] < costs[i] and values[j] >= values[i] for j in n)]
    return sorted(kept, key=lambda i: (costs[i], -values[i]))
