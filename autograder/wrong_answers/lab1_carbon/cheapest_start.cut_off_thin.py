# mistake: cuts the job off, divides by all hours
# says: late starts look clean
def cheapest_start(day, hours):
    means = [sum(day[start : start + hours]) / hours for start in range(24)]
    return means.index(min(means)), min(means)
