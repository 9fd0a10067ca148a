# mistake: cuts the job off at midnight
# says: averaged over what is left
def cheapest_start(day, hours):
    parts = [day[start : start + hours] for start in range(24)]
    means = [sum(part) / len(part) for part in parts]
    return means.index(min(means)), min(means)
