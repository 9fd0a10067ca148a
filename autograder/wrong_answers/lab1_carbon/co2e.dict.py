# mistake: gives a dict
# says: gave a dict; give the numbers alone, in this order: pounds, kilograms
def co2e(kwh, lb_per_kwh=0.954):
    return {"lb": lb_per_kwh * kwh, "kg": carbon.KG_PER_LB * lb_per_kwh * kwh}
