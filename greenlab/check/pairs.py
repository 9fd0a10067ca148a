"""The usual slips in the step of MUNGE on a pair of rows, told by what the two rows show."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy.stats import kstest

from greenlab import check
from greenlab.check.synthetic import from_generator
from greenlab.metrics import Array

SURE = 1e-6  # a right answer's chance to be refused by one test of a distribution
LIKELY = 1e-3  # a mistake is named where its distribution fits this well


def munge_pair(
    function: Callable, p: float, s: float, seed: int = 0, pair: tuple[int, int] = (1, 3)
) -> None:
    """Raise NotYet unless `function(rows, i, j, p, s, rng, nominal)` is the step of MUNGE.

    Two rows of 2,000 continuous and 2,000 nominal attributes: so many draws in one call.
    """
    (i, j), half = pair, 2_000
    rng = np.random.default_rng(seed)
    start = np.hstack([rng.random((5, half)), rng.integers(2, size=(5, half))])
    nominal = list(range(half, 2 * half))
    what = f"munge_pair(rows, {i}, {j}, p={p:g}, s={s:g}, …)"

    def after(generator: np.random.Generator) -> Array:
        rows = start.copy()
        function(rows, i, j, p, s, generator, nominal)
        return rows

    rows = after(np.random.default_rng(seed))
    e, other, new_e, new_other = start[i], start[j], rows[i], rows[j]
    rest = [k for k in range(len(rows)) if k not in pair]
    check.that(
        np.array_equal(rows[rest], start[rest]), f"{what} changes other rows than {i} and {j}."
    )
    mine, theirs = (new_e != e)[:half], (new_other != other)[:half]
    _some_changed(mine, theirs, after, start, what)
    for name, changed in (("continuous", mine), ("row j's continuous", theirs)):
        _share(changed, p, f"{what}: of the {name} attributes", "changed")
    check.that(
        np.array_equal(mine, theirs),
        f"{what} changes other attributes in row {i} than in row {j}.\n  Likely mistake: there are "
        "two coins; toss one for each attribute, and it holds for both rows.",
    )
    _swapped(*(row[half:] for row in (e, other, new_e, new_other)), p, what)
    cut = np.flatnonzero(mine)
    e, other, new_e, new_other = (row[cut] for row in (e, other, new_e, new_other))
    sd = np.abs(e - other) / s
    z_e, z_other = (new_e - other) / sd, (new_other - e) / sd
    _drawn(z_e, _scales(new_e, e, other, s), f"{what}: the values of row {i}", _bounded(new_e, s))
    slips = _scales(new_other, other, e, s)
    late = (new_other - new_e) / (np.abs(new_e - other) / s)
    slips["row i was overwritten before row j was drawn: keep copies of both at first"] = late
    slips["row i's value was new already, but sd was not: keep copies of both at first"] = (
        new_other - new_e
    ) / sd
    _drawn(z_other, slips, f"{what}: the values of row {j}", _bounded(new_other, s))
    tied = np.corrcoef(z_e, z_other)[0, 1]
    check.that(
        abs(tied) < 5 / np.sqrt(len(cut)),
        f"{what}: what is random in the two rows is tied together (correlation {tied:.2f}).\n  "
        "Likely mistake: one draw serves both rows; each gets its own.",
    )
    from_generator(after, "munge_pair")
    _coins(function, p, what)


def _coins(function: Callable, p: float, what: str) -> None:
    # Which of 20 attributes change, for 20 generators.
    start = np.random.default_rng(0).random((2, 20))
    masks = []
    for seed in range(20):
        rows = start.copy()
        function(rows, 0, 1, p, 5.0, np.random.default_rng(seed), [])
        masks.append(rows[0] != start[0])
    check.that(
        len({mask.tobytes() for mask in masks}) > 1,
        f"{what}: which attributes change is the same whatever generator it gets.\n  Likely "
        "mistake: a fixed pattern, or a generator of its own; toss the coins with rng.",
    )
    check.that(
        len({int(mask.sum()) for mask in masks}) > 1,
        f"{what} always changes the same number of attributes.\n  Likely mistake: that many are "
        "picked; toss a coin for each: rng.random() < p.",
    )


def _some_changed(mine: Array, theirs: Array, after: Callable, start: Array, what: str) -> None:
    if mine.any() and theirs.any() and not mine.all():
        return
    runs = [after(np.random.default_rng(seed)) != start for seed in range(8)]
    parts = [run[:, : len(mine)].any(0).mean() for run in runs]
    coin = {round(float(part)) for part in parts if part in (0, 1)} == {0, 1}
    check.that(
        not coin,
        f"{what} changes either all continuous attributes or none.\n  Likely mistake: one coin is "
        "tossed for the whole row; toss one for each attribute.",
    )
    check.that(
        mine.any() or theirs.any(),
        f"{what} changes no continuous attribute of the two rows.\n  Likely mistake: the new "
        "values go to copies; write them into rows[i] and rows[j].",
    )
    one = "i" if mine.any() else "j"
    check.that(
        mine.any() and theirs.any(),
        f"{what} changes only rows[{one}]; it should change both.\n  Likely mistake: one of the "
        "pair is written; e and e′ both are, each around the other's old value.",
    )


def _share(changed: Array, p: float, what: str, verb: str) -> None:
    share, error = float(changed.mean()), 5 * np.sqrt(p * (1 - p) / len(changed))
    mistake = "toss a coin for each attribute: rng.random() < p"
    if changed.all():
        mistake = "all of them are; toss a coin for each attribute: rng.random() < p"
    elif abs(share - (1 - p)) < error:
        mistake = "p is turned round: it is the chance of a change"
    elif abs(share - p * p) < error:
        mistake = "p is asked for twice; one coin for each attribute"
    check.that(
        abs(share - p) < error,
        f"{what} {share:.0%} are {verb}; it should be about {p:.0%}.\n  Likely mistake: {mistake}.",
    )


def _swapped(e: Array, other: Array, new_e: Array, new_other: Array, p: float, what: str) -> None:
    differ = e != other
    codes = np.isin(new_e, (0, 1)) & np.isin(new_other, (0, 1))
    check.that(
        bool(codes.all()),
        f"{what} leaves values other than 0 and 1 in the nominal attributes.\n  Likely mistake: "
        "they are drawn like continuous ones; swap them.",
    )
    traded = (new_e == other) & (new_other == e)
    kept = (new_e == e) & (new_other == other)
    check.that(
        bool((traded | kept).all()),
        f"{what}: in some nominal attributes both rows have the same value afterwards, though they "
        "differed.\n  Likely mistake: the first value was lost before the second was written; swap "
        "them: a, b = b, a, with copies.",
    )
    _share(traded[differ], p, f"{what}: of the nominal attributes that differ", "swapped")


def _scales(new: Array, own: Array, other: Array, s: float) -> dict[str, Array]:
    # What would be standard normal, had this mistake been made.
    gap = np.abs(own - other)
    return {
        "they are drawn around the row's own value; e_a is drawn around e′_a": (new - own)
        * s
        / gap,
        "they are drawn around the middle of the two": (new - (own + other) / 2) * s / gap,
        "sd is not divided by s: sd = |e_a − e′_a| / s": (new - other) / gap,
        "sd is multiplied by s: sd = |e_a − e′_a| / s": (new - other) / gap / s,
        "this is drawn around the row's own value, and sd is not divided by s": (new - own) / gap,
        "the distance has no effect: sd = |e_a − e′_a| / s": (new - other) * s,
        "the variance is |e_a − e′_a| / s; that should be the standard deviation": (
            (new - other) / np.sqrt(gap / s)
        ),
        "the squared distance is taken: sd = |e_a − e′_a| / s": (new - other) * s / gap**2,
        "a root is taken of s: sd = |e_a − e′_a| / s": (new - other) * np.sqrt(s) / gap,
    }


def _bounded(values: Array, s: float) -> str:
    # How drawn values were kept within [0, 1], if they were; an old one is never 0 or 1.
    low, high = values.min() >= 0, values.max() <= 1
    if low and high and np.isin(values, (0, 1)).any():
        return "they are cut off at 0 and 1; a value may fall a little outside, leave it"
    if low and high and s < 1:  # then many of the right ones fall outside
        return "they are kept within [0, 1]; a value may fall a little outside, leave it"
    if low and (values > 1).sum() >= 10:
        return "negative values are turned round or raised to 0; leave them"
    return ""


def _drawn(z: Array, slips: Mapping[str, Array], what: str, bounded: str) -> None:
    # z should be standard normal, each value by itself.
    if np.ptp(z) < 1e-6 * max(1.0, np.abs(z).max()):
        mistake = "one number is drawn for all attributes; draw one for each"
        if np.abs(z).max() < 1e-6:
            mistake = "they are only swapped; continuous ones are drawn around the other's value"
        raise check.NotYet(f"{what} have nothing random.\n  Likely mistake: {mistake}.")
    if kstest(z, "norm").pvalue > SURE:
        return
    fits = {mistake: kstest(value, "norm").pvalue for mistake, value in slips.items()}
    for width in (1.0, np.sqrt(3)):
        even = kstest(z, "uniform", (-width, 2 * width)).pvalue
        fits["they are drawn evenly from a range; draw from a normal distribution"] = even
        if even > LIKELY:
            break
    best = max(fits, key=lambda mistake: fits[mistake])
    likely = bounded or (best if fits[best] > LIKELY else "")
    told = f"\n  Likely mistake: {likely}." if likely else ""
    raise check.NotYet(
        f"{what} should be normal around the other row's, with sd = |e_a − e′_a| / s. Less that "
        f"and divided by sd, their mean is {z.mean():.2f} (it should be 0) and their deviation "
        f"{z.std():.2f} (it should be 1).{told}"
    )
