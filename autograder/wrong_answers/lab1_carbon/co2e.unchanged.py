# mistake: takes pounds for kilograms
# says: the kilograms are the pounds
def co2e(kwh, lb_per_kwh=0.954):
    lb = lb_per_kwh * kwh
    return lb, lb
