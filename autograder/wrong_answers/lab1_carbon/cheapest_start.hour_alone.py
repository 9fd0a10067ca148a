# mistake: gives the hour alone
# says: should give 2 numbers
def cheapest_start(day, hours):
    means = [sum(day[(start + i) % 24] for i in range(hours)) / hours for start in range(24)]
    return means.index(min(means))
