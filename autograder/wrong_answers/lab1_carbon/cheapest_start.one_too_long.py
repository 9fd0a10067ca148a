# mistake: takes one hour too many
# says: one hour too long
def cheapest_start(day, hours):
    means = [
        sum(day[(start + i) % 24] for i in range(hours + 1)) / (hours + 1) for start in range(24)
    ]
    return means.index(min(means)), min(means)
