# mistake: writes 0.954 in place of the argument
# says: fixed at 0.954
def co2e(kwh, lb_per_kwh=0.954):
    lb = 0.954 * kwh
    return lb, lb * carbon.KG_PER_LB
