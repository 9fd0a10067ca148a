# mistake: takes a whole step to each side
# says: rounding hides half of one
def hours_behind(printed, per_hour, step=1):
    return (printed - step) / per_hour, (printed + step) / per_hour
