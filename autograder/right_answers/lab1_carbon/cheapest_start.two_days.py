# different: slices of two days in a row
def cheapest_start(day, hours):
    twice = list(day) + list(day)
    best, least = 0, float("inf")
    for start in range(24):
        mean = sum(twice[start : start + hours]) / hours
        if mean < least:
            best, least = start, mean
    return best, least
