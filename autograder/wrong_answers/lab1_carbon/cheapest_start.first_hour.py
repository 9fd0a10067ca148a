# mistake: looks at the first hour alone
# says: only the hour of the start
def cheapest_start(day, hours):
    return day.index(min(day)), min(day)
