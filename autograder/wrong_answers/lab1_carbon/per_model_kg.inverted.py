# mistake: multiplies by the models
# says: the wrong way round
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return training_kg + estimate_kg / too_high * models
