# different: a list from a loop over the signs
def hours_behind(printed, per_hour, step=1):
    ends = []
    for sign in (-1, 1):
        ends.append((printed + sign * 0.5 * step) / per_hour)
    return ends
