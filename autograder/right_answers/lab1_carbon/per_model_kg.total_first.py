# different: all models together, then one
def per_model_kg(estimate_kg, too_high, models, training_kg):
    total = models * training_kg + estimate_kg / too_high
    return total / models
