# different: exact fractions
from fractions import Fraction


def per_model_kg(estimate_kg, too_high, models, training_kg):
    share = Fraction(estimate_kg) / Fraction(too_high) / models
    return float(share + Fraction(training_kg))
