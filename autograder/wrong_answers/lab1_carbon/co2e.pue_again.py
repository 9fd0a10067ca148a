# mistake: applies the PUE again
# says: the PUE is applied again
def co2e(kwh, lb_per_kwh=0.954):
    lb = 1.58 * lb_per_kwh * kwh
    return lb, lb * carbon.KG_PER_LB
