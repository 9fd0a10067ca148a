# mistake: shares the training too
# says: each model is trained
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return (estimate_kg / too_high + training_kg) / models
