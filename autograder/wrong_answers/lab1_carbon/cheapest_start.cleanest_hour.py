# mistake: starts at the cleanest hour
# says: starts at the single cleanest hour
def cheapest_start(day, hours):
    start = day.index(min(day))
    return start, sum(day[(start + i) % 24] for i in range(hours)) / hours
