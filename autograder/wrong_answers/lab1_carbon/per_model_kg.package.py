# mistake: hands the work to the package
# says: here the point is to write it
def per_model_kg(estimate_kg, too_high, models, training_kg):
    return carbon.per_model_kg(estimate_kg, too_high, models, training_kg)
