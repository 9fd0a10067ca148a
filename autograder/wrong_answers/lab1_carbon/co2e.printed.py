# mistake: prints in place of return
# says: has no return
def co2e(kwh, lb_per_kwh=0.954):
    lb = lb_per_kwh * kwh
    print(lb, lb * carbon.KG_PER_LB)
