# mistake: divides by 1000, as grams would need
# says: metric tons
def co2e(kwh, lb_per_kwh=0.954):
    lb = lb_per_kwh * kwh
    return lb, lb * carbon.KG_PER_LB / 1000
