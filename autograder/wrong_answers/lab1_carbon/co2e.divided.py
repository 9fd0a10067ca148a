# mistake: divides by the kilograms of a pound
# says: a pound is less than a kilogram
def co2e(kwh, lb_per_kwh=0.954):
    lb = lb_per_kwh * kwh
    return lb, lb / carbon.KG_PER_LB
