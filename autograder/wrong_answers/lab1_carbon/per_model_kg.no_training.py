# mistake: forgets the training
# says: the training is missing
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return estimate_kg / too_high / models
