# mistake: takes the printed number for the lower bound
# says: a whole step up
def hours_behind(printed, per_hour, step=1):
    return printed / per_hour, (printed + step) / per_hour
