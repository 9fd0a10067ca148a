# mistake: finds the dirtiest
# says: this is the dirtiest start
def cheapest_start(day, hours):
    means = [sum(day[(start + i) % 24] for i in range(hours)) / hours for start in range(24)]
    return means.index(max(means)), max(means)
