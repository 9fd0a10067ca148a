# mistake: corrects and shares the training too
# says: corrected and shared too
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return (training_kg + estimate_kg) / too_high / models
