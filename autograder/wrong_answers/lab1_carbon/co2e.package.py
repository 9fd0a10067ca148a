# mistake: asks the package for the pounds
# says: uses greenlab.carbon.co2e_lb
def co2e(kwh, lb_per_kwh=0.954):
    lb = carbon.co2e_lb(kwh, lb_per_kwh)
    return lb, lb * carbon.KG_PER_LB
