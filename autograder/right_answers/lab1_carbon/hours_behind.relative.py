# different: a relative error around the middle
def hours_behind(printed, per_hour, step=1):
    hours = printed / per_hour
    error = step / (2 * printed)
    return hours * (1 - error), hours * (1 + error)
