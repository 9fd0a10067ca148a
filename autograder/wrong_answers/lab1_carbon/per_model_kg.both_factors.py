# mistake: divides by both corrections
# says: both corrections are applied
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return estimate_kg / (18.7 * 88) / models + training_kg
