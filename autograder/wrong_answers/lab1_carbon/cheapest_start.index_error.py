# mistake: runs off the end of the day
# says: the job runs past hour 23
def cheapest_start(day, hours):
    means = [sum(day[start + i] for i in range(hours)) / hours for start in range(24)]
    return means.index(min(means)), min(means)
