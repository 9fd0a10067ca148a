# mistake: makes the kilograms of the energy
# says: make them from the pounds
def co2e(kwh, lb_per_kwh=0.954):
    return lb_per_kwh * kwh, kwh * carbon.KG_PER_LB
