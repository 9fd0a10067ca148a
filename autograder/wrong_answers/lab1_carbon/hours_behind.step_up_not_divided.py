# mistake: gives the printed number and one step more
# says: one a step higher
def hours_behind(printed, per_hour, step=1):
    return printed, printed + step
