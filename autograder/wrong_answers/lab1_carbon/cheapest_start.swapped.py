# mistake: gives the mean first
# says: the hour comes first
def cheapest_start(day, hours):
    means = [sum(day[(start + i) % 24] for i in range(hours)) / hours for start in range(24)]
    return min(means), means.index(min(means))
