# different: a pound as 0.454 kg, as most books have it
def co2e(kwh, lb_per_kwh=0.954):
    pounds = kwh * lb_per_kwh
    return [pounds, 0.454 * pounds]
