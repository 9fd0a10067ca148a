# mistake: multiplies by the correction
# says: the correction multiplies
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return estimate_kg * too_high / models + training_kg
