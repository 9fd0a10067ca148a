# mistake: returns inside the loop
# says: return only after all 24
def cheapest_start(day, hours):
    best, least = None, float("inf")
    for start in range(24):
        mean = sum(day[(start + i) % 24] for i in range(hours)) / hours
        if mean < least:
            best, least = start, mean
        return best, least
