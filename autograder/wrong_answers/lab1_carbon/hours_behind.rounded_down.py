# mistake: thinks that numbers are cut off, not rounded
# says: it may have been rounded up
def hours_behind(printed, per_hour, step=1):
    return printed / per_hour, (printed + step / 2) / per_hour
