"""What later papers put right or add; a fair account of Strubell 2019 tells these too."""

from __future__ import annotations

from dataclasses import dataclass

from greenlab.carbon.arithmetic import at_least, co2e_kg, lb_to_kg

STRUBELL_NAS_LB = 626_155  # Strubell 2019, Table 3
PATTERSON = "Patterson et al. 2021, Carbon Emissions and Large Neural Network Training"
LUCCIONI = "Luccioni, Viguier, Ligozat 2022, Estimating the Carbon Footprint of BLOOM"
DODGE = "Dodge et al. 2022, Measuring the Carbon Intensity of AI in Cloud Instances"


@dataclass(frozen=True)
class Estimate:
    """What somebody says one thing emitted, in kg CO2e."""

    name: str
    kg: float
    source: str


# How many times too high the estimate is, by whose hardware and grid: never both at once.
NAS_TOO_HIGH = {"as estimated in 2019": 1.0, "average organization": 18.7, "where it ran": 88.0}

# The search that found the Evolved Transformer; one training of the model for comparison.
NAS = (
    Estimate("estimate of 2019", lb_to_kg(STRUBELL_NAS_LB), "Strubell 2019, Table 3: 626,155 lb"),
    Estimate(
        "average organization",
        lb_to_kg(STRUBELL_NAS_LB) / NAS_TOO_HIGH["average organization"],
        f"{PATTERSON}: the estimate is 18.7 times too high in energy, on the same grid",
    ),
    Estimate("where it really ran", 3_200, f"{PATTERSON}: 3.2 t, 88 times less"),
    Estimate("Transformer big, trained once", lb_to_kg(192), "Strubell 2019, Table 3: 192 lb"),
)


# Training BLOOM, 176 billion parameters, in France.
BLOOM = (
    Estimate("electricity of its run", co2e_kg(433_196, 57), f"{LUCCIONI}: 433,196 kWh · 57 g/kWh"),
    Estimate("hardware while idle", 14_600, LUCCIONI),
    Estimate("making the hardware", 11_200, LUCCIONI),
)
BLOOM_EMBODIED_SHARE = BLOOM[2].kg / sum(part.kg for part in BLOOM)

# What changes how the tables are read: a sentence and its source.
FINDINGS = (
    (
        "The search used small proxy tasks and ran on TPUs in an efficient data center: its "
        "energy was overestimated 18.7 times for an average organization, its emissions 88 times "
        "for where it ran.",
        PATTERSON,
    ),
    ("A search is paid once for a problem, not once for each model trained.", PATTERSON),
    (
        "The electricity that trained BLOOM emitted 24.7 t; with idle hardware and the making of "
        "it, 50.5 t.",
        LUCCIONI,
    ),
    ("Choosing the region cuts emissions most; the time of day comes next.", DODGE),
)


def per_model_kg(estimate_kg: float, too_high: float, models: int, training_kg: float) -> float:
    """One model's kg of CO2e: its training, and its share of a search that is paid once.

    `estimate_kg`: of the search, `too_high` times what it emitted. `models`: how many are trained
    with what it found. Raises ValueError for a negative number, no models or a factor below 1.
    """
    at_least(0, estimate_kg=estimate_kg, training_kg=training_kg)
    at_least(1, too_high=too_high, models=models)
    return estimate_kg / too_high / models + training_kg
