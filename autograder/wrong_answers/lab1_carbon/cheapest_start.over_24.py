# mistake: divides by 24
# says: divide by the job's hours
def cheapest_start(day, hours):
    means = [sum(day[(start + i) % 24] for i in range(hours)) / 24 for start in range(24)]
    return means.index(min(means)), min(means)
