# different: compares all with all, then sorts
def frontier(costs, values):
    n = len(costs)
    kept = []
    for i in range(n):
        beaten = False
        for j in range(n):
            as_good = costs[j] <= costs[i] and values[j] >= values[i]
            same = costs[j] == costs[i] and values[j] == values[i]
            if as_good and (not same or j < i):
                beaten = True
        if not beaten:
            kept.append(i)
    return sorted(kept, key=lambda i: costs[i])
