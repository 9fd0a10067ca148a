"""The usual slips of where, when and how often, in the carbon lab: what each would give."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real

from greenlab import carbon, check

Slips = dict[str, float | Sequence[float]]


def ranked(got: object, what: str) -> tuple[list[str], list[float]]:
    """Names and kilograms of an answer that should be a list of (country, kg).

    Raises NotYet, saying what is there instead.
    """
    check.that(got is not None, f"{what} gave None.\n  Likely mistake: the function has no return.")
    check.that(
        not isinstance(got, Mapping),
        f"{what} gave a dict; it should be a list of pairs: sorted(….items(), key=…).",
    )
    names, kilograms = [], []
    try:
        got = list(got)
        for country, kg in got:
            check.that(
                not (isinstance(country, Real) and isinstance(kg, str)),
                f"{what} has pairs such as {(country, kg)}; swap them: the country first, then kg.",
            )
            names.append(str(country))
            kilograms.append(float(kg))
    except (TypeError, ValueError):
        raise check.NotYet(
            f"{what} should be a list of pairs (country, kg); it is {str(got)[:80]}."
        ) from None
    return names, kilograms


def order(names: Sequence[str], g_per_kwh: Mapping[str, float], what: str) -> None:
    """Raise NotYet unless `names` are those of the grids, the cleanest first."""
    right = sorted(g_per_kwh, key=g_per_kwh.__getitem__)
    mistakes = {
        "the dirtiest is first: sort from the least up": right[::-1],
        "they are sorted by name; sort by the kilograms": sorted(right),
        "they stand as they came; sort by the kilograms": list(g_per_kwh),
    }
    names = list(names)
    told = next((f"\n  Likely mistake: {m}." for m, v in mistakes.items() if v == names), "")
    check.that(names == right, f"{what} has the countries {names}; it should be {right}.{told}")


def by_country(kwh: float, grams: Sequence[float]) -> Slips:
    """Slips of the kilograms on grids of these g/kWh, in this order."""
    return {
        "these are grams; the exercise asks for kilograms": [kwh * g for g in grams],
        "these are pounds; the exercise asks for kilograms": [
            carbon.kg_to_lb(kwh * g / 1000) for g in grams
        ],
        "these are metric tons; the exercise asks for kilograms": [kwh * g / 1e6 for g in grams],
        "these are the grids' g/kWh; multiply by the energy": list(grams),
        "these are kg for one kWh; multiply by the energy": [g / 1000 for g in grams],
        "the PUE is applied; kwh holds it": [1.58 * kwh * g / 1000 for g in grams],
        "the energy is divided by the intensity; multiply": [1000 * kwh / g for g in grams if g],
    }


def started(answer: Callable, day: Sequence[float], hours: int, what: str) -> object:
    """What the student's function gives for a day; an index past the day's end is explained.

    Raises NotYet where the function reads an hour that the day hasn't got.
    """
    try:
        return answer(day, hours)
    except IndexError as error:
        raise check.NotYet(
            f"{what} ends in IndexError: {error}.\n  Likely mistake: the job runs past hour 23, "
            "where `day` ends; after it comes hour 0: day[(start + i) % 24]."
        ) from None


def cheapest_start(day: Sequence[float], hours: int) -> Slips:
    """Slips of the best start for a job of whole hours; day has 24 values."""

    def best(
        length: int, starts: Sequence[int] = range(24), over: float = hours
    ) -> tuple[int, float]:
        sums = [math.fsum(day[(s + i) % 24] for i in range(length)) / over for s in starts]
        return starts[sums.index(min(sums))], min(sums)

    start, mean = best(hours)
    means = [math.fsum(day[(s + i) % 24] for i in range(hours)) / hours for s in range(24)]
    last = max(s for s in range(24) if means[s] == mean)
    cut = [day[s : s + hours] for s in range(24)]
    short = [sum(part) / len(part) for part in cut]
    thin = [sum(part) / hours for part in cut]
    worst = means.index(max(means))
    cleanest = day.index(min(day))
    return {
        "no job runs past midnight here; the day repeats: day[(start + i) % 24]": best(
            hours, range(25 - hours)
        ),
        "no job ends at or after midnight here; the day repeats: day[(start + i) % 24]": best(
            hours, range(max(1, 24 - hours))
        ),
        "the job is cut off at midnight, and averaged over what is left; the day repeats: "
        "day[(start + i) % 24]": (short.index(min(short)), min(short)),
        "the job is cut off at midnight, so that late starts look clean; the day repeats: "
        "day[(start + i) % 24]": (thin.index(min(thin)), min(thin)),
        "this is the sum over the job's hours; the exercise asks for the mean": (
            start,
            mean * hours,
        ),
        "the sum is divided by 24; divide by the job's hours": (start, mean * hours / 24),
        "this is the dirtiest start": (worst, means[worst]),
        "the window is one hour too long": best(hours + 1, over=hours + 1),
        "the window is one hour too long, the mean over the right number": best(hours + 1),
        "the window is one hour too short": best(hours - 1, over=hours - 1) if hours > 1 else (),
        "only the hour of the start is looked at; a job of several hours uses them all": (
            cleanest,
            min(day),
        ),
        "the job starts at the single cleanest hour; compare the means of all 24 starts": (
            cleanest,
            means[cleanest],
        ),
        "the hour is right, its mean is that of the first hour alone": (start, day[start]),
        "hour and mean are swapped: the hour comes first": (mean, start),
        "hours count from 0: 0 is the one after midnight": (start + 1, mean),
        "this is the hour at which the job ends": ((start + hours) % 24, mean),
        "of equally good starts the earliest is asked for": (last, mean),
        "this is the first start: return only after all 24 are looked at": (0, means[0]),
    }


def per_model_kg(estimate: float, too_high: float, models: int, training: float) -> Slips:
    """Slips of one model's share of a search."""
    search = estimate / too_high
    factors = carbon.NAS_TOO_HIGH.values()
    return {
        "the share is the wrong way round: many models share one search, so divide": (
            search * models + training
        ),
        "the training is divided too; each model is trained": (search + training) / models,
        "the whole search is on each model; it is paid once": search + training,
        "the training is missing": search / models,
        "the correction is missing": estimate / models + training,
        "the correction multiplies; the estimate is too high: divide": (
            estimate * too_high / models + training
        ),
        "the training is corrected too; only the search was too high": (
            (estimate / models + training) / too_high
        ),
        "the training is corrected and shared too; both belong to the search alone": (
            (estimate + training) / too_high / models
        ),
        "both corrections are applied; each is of the estimate of 2019, and 88 holds what 18.7 "
        "says": estimate / math.prod(factors) / models + training,
        "this is the sum over all models; give one model's": search + models * training,
        "the training is subtracted; it comes on top": search / models - training,
    }
