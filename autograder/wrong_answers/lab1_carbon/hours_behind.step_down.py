# mistake: takes the printed number for the upper bound
# says: a whole step down
def hours_behind(printed, per_hour, step=1):
    return (printed - step) / per_hour, printed / per_hour
