# mistake: forgets the correction
# says: the correction is missing
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return estimate_kg / models + training_kg
