# mistake: leaves out the start that ends at midnight
# says: no job runs past midnight
def cheapest_start(day, hours):
    means = [sum(day[start + i] for i in range(hours)) / hours for start in range(24 - hours)]
    return means.index(min(means)), min(means)
