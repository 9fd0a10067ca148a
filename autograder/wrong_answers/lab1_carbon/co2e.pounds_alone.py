# mistake: gives the pounds alone
# says: should give 2 numbers
def co2e(kwh, lb_per_kwh=0.954):
    return lb_per_kwh * kwh
