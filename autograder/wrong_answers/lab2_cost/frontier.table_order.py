# mistake: does not sort the answer
# says: you keep the order of the table
def frontier(costs, values):
    def beaten(i):
        return any(
            costs[j] <= costs[i]
            and values[j] >= values[i]
            and (costs[j], values[j]) != (costs[i], values[i])
            for j in range(len(costs))
        )

    return [i for i in range(len(costs)) if not beaten(i)]
