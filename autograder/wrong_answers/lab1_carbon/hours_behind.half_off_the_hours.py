# mistake: takes the half step off the hours
# says: before dividing
def hours_behind(printed, per_hour, step=1):
    hours = printed / per_hour
    return hours - step / 2, hours + step / 2
