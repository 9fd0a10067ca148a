# mistake: compares all with all, asks for cheaper and better at once
# says: you ask for cheaper and better at once
def frontier(costs, values):
    n = range(len(costs))
    kept = [i for i in n if not any(costs[j] < costs[i] and values[j] > values[i] for j in n)]
    return sorted(kept, key=lambda i: costs[i])
