# different: a running sum, min over pairs
def cheapest_start(day, hours):
    total = sum(day[:hours])
    pairs = []
    for start in range(24):
        pairs.append((total / hours, start))
        total += day[(start + hours) % 24] - day[start]
    mean, start = min(pairs)
    return [start, mean]
