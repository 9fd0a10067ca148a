# mistake: gives the sum
# says: asks for the mean
def cheapest_start(day, hours):
    sums = [sum(day[(start + i) % 24] for i in range(hours)) for start in range(24)]
    return sums.index(min(sums)), min(sums)
