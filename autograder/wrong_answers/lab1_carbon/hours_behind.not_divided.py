# mistake: stops at the printed number's bounds
# says: divide them by the rate
def hours_behind(printed, per_hour, step=1):
    return printed - step / 2, printed + step / 2
