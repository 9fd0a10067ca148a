# mistake: walks the lists as they are
# says: sorted by cost first
def frontier(costs, values):
    kept, best = [], float("-inf")
    for i in range(len(costs)):
        if values[i] > best:
            kept.append(i)
            best = values[i]
    return kept
