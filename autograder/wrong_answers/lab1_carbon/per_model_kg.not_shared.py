# mistake: puts the whole search on each model
# says: it is paid once
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return estimate_kg / too_high + training_kg
