# mistake: lets only what is cheaper and better beat
# says: you let only what is cheaper and better beat
def frontier(costs, values):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -values[i]))
    return [
        i for i in order if not any(c < costs[i] and v > values[i] for c, v in zip(costs, values))
    ]
