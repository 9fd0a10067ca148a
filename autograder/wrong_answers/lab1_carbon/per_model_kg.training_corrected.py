# mistake: corrects the training too
# says: only the search was too high
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return (estimate_kg / models + training_kg) / too_high
