# mistake: gives the highest first
# says: low and high are swapped
def hours_behind(printed, per_hour, step=1):
    return (printed + step / 2) / per_hour, (printed - step / 2) / per_hour
