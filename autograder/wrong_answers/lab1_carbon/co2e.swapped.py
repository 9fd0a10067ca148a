# mistake: gives kilograms first
# says: pounds come first
def co2e(kwh, lb_per_kwh=0.954):
    lb = lb_per_kwh * kwh
    return lb * carbon.KG_PER_LB, lb
