# mistake: gives the hours alone
# says: should give 2 numbers
def hours_behind(printed, per_hour, step=1):
    return printed / per_hour
