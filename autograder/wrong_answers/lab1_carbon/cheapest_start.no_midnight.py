# mistake: tries only starts that end by midnight
# says: no job runs past midnight
def cheapest_start(day, hours):
    means = [sum(day[start + i] for i in range(hours)) / hours for start in range(24 - hours + 1)]
    return means.index(min(means)), min(means)
