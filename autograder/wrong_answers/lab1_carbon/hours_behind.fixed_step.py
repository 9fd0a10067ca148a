# mistake: takes 1 in place of the argument
# says: the step is always 1
def hours_behind(printed, per_hour, step=1):
    return (printed - 0.5) / per_hour, (printed + 0.5) / per_hour
