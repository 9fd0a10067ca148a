# mistake: takes the latest of equal starts
# says: the earliest is asked for
def cheapest_start(day, hours):
    best, least = None, float("inf")
    for start in range(24):
        mean = sum(day[(start + i) % 24] for i in range(hours)) / hours
        if mean <= least:
            best, least = start, mean
    return best, least
