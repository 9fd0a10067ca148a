# mistake: sorts by cost alone
# says: of equal cost the best should come first
def frontier(costs, values):
    kept, best = [], float("-inf")
    for i in sorted(range(len(costs)), key=lambda i: costs[i]):
        if values[i] > best:
            kept.append(i)
            best = values[i]
    return kept
