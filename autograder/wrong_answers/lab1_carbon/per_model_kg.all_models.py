# mistake: gives the sum over the models
# says: give one model's
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return estimate_kg / too_high + models * training_kg
