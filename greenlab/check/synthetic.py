"""The usual slips in making synthetic rows, told by what the rows show.

Random draws have no one right value: shares must lie within five standard errors.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from greenlab import check
from greenlab import mimic as package
from greenlab.metrics import Array


def rows_of(got: object, shape: tuple[int, int], what: str) -> Array:
    """The answer as rows of this shape. Raises NotYet when it is none."""
    check.that(got is not None, f"{what} gave None.\n  Likely mistake: the function has no return.")
    try:
        rows = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        kind = type(got).__name__
        raise check.NotYet(f"{what} should be an array of rows; it is a {kind}.") from None
    turned = " It is turned on its side: a row for each point." if rows.shape == shape[::-1] else ""
    check.that(
        rows.shape == shape,
        f"{what} has the shape {rows.shape}; it should be {shape}.{turned}",
    )
    return rows


def from_generator(draw: Callable[[np.random.Generator], Array], what: str) -> None:
    """Raise NotYet unless all that is random in `draw` comes from the generator given to it."""
    first, again, other = (draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    check.that(
        np.array_equal(first, again),
        f"{what} gives other numbers when it gets the same generator again.\n  Likely mistake: it "
        "draws from np.random or random; draw all from rng.",
    )
    check.that(
        not np.array_equal(first, other),
        f"{what} gives the same numbers whatever generator it gets.\n  Likely mistake: it makes a "
        "generator of its own; draw from rng.",
    )


def rand(function: Callable, n: int, count: int, seed: int = 0) -> None:
    """Raise NotYet unless `function(x, count, rng)` draws each attribute by itself (RAND)."""
    rng = np.random.default_rng(seed)
    base = rng.permutation(n)
    x = np.stack([np.where(base < 0.8 * n, 0.0, base / n), 2 + base / n, 4 + base / n], 1)
    before, what = x.copy(), f"rand(x, {count}, rng) of {n} rows"
    got = rows_of(function(x, count, np.random.default_rng(seed)), (count, 3), what)
    check.that(np.array_equal(x, before), "rand changes the rows of x: leave them as they are.")
    for a in range(3):
        strange = ~np.isin(got[:, a], x[:, a])
        mixed = bool(np.isin(got[strange, a], x).all())
        mistake = (
            "the values of all attributes lie in one heap; draw attribute a from x[:, a]"
            if mixed
            else "they are drawn from a range or a bell curve; draw from the values that are there"
        )
        check.that(
            not strange.any(),
            f"{what} has values of attribute {a} that no row of x has there.\n  Likely mistake: "
            f"{mistake}.",
        )
        check.that(
            np.ptp(got[:, a]) > 0,
            f"{what} has the same value of attribute {a} in all rows.\n  Likely mistake: it is "
            f"drawn once; draw {count} of them.",
        )
    ties = np.corrcoef(got.T)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        check.that(
            abs(ties[a, b]) < 5 / np.sqrt(count),
            f"{what}: attributes {a} and {b} are correlated ({ties[a, b]:.2f}).\n  Likely mistake: "
            "both come from the same drawn row, as when whole rows are drawn; for each attribute, "
            "draw which row its value comes from anew.",
        )
    share, wanted = float((got[:, 0] == 0).mean()), float((x[:, 0] == 0).mean())
    check.that(
        abs(share - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / count),
        f"{what}: attribute 0 is 0 in {share:.0%} of the rows; in x it is in {wanted:.0%}.\n  "
        "Likely mistake: each different value is as likely as any other; draw a row's number, so "
        "that a frequent value stays frequent.",
    )
    distinct = len(np.unique(got[:, 1]))
    chance = n * (1 - (1 - 1 / n) ** count)
    check.that(
        abs(distinct - chance) < 5 * np.sqrt(n) / 2,
        f"{what} holds {distinct} different values of attribute 1; with replacement, about "
        f"{chance:.0f} are due.\n  Likely mistake: the values are shuffled, or drawn without "
        "replacement.",
    )
    missing = np.flatnonzero(~np.isin(x[:, 1], got[:, 1]))
    check.that(
        count < 16 * n or not missing.size,  # by chance once in 100,000 times
        f"{what}: no value of attribute 1 comes from row {', '.join(map(str, missing[:5]))}.\n  "
        "Likely mistake: some rows are never drawn; rng.integers(n) goes from 0 to n - 1.",
    )
    from_generator(lambda g: np.asarray(function(x, count, g)), "rand")


def neighbor(function: Callable, rows: Array, i: int) -> None:
    """Raise NotYet unless `function(rows, i)` is the number of the row nearest to row i."""
    before, what = rows.copy(), f"nearest_other(rows, {i}) of {len(rows)} rows"
    got = function(rows, i)
    check.that(np.array_equal(rows, before), "nearest_other changes rows: leave them alone.")
    check.close(got, package.nearest_other(rows, i), what, nearest_other(rows, i))
    check.that(
        np.asarray(got).dtype.kind in "iu",
        f"{what} gives {float(got)}; it should be a whole number, the place of the row: int(…).",
    )


def nearest_other(rows: Array, i: int) -> dict[str, int | float | Array]:
    """Slips of the number of the row nearest to row i."""
    difference = rows - rows[i]
    distance = np.square(difference).sum(1)
    others = np.delete(np.arange(len(rows)), i)
    right = package.nearest_other(rows, i)
    order = others[distance[others].argsort(kind="stable")]
    near, apart = distance[others].min(), others[distance[others] > 0]
    sums, most = np.abs(difference).sum(1), np.abs(difference).max(1)
    found = {
        "this is the row itself: it has the distance 0; leave it out": i,
        "this is the place among the others, without row i; give the number in rows": (
            int(distance[others].argmin())
        ),
        "several rows are equally near, take the first: set distance i to np.inf and use argmin "
        "(place 1 of argsort can be any of them)": int(others[distance[others] == near][-1]),
        "this is the farthest row": int(order[-1]),
        "this is the second nearest; with the row itself left out, take the nearest": (
            int(order[1])
        ),
        "rows equal to row i are left out too; only row i itself is no neighbor": (
            int(apart[distance[apart].argmin()])
        ),
        "the distance is the sum of magnitudes; add up squares": (
            int(others[sums[others].argmin()])
        ),
        "the distance is the largest difference; add up squares": (
            int(others[most[others].argmin()])
        ),
        "the differences are added with their signs; square them first": (
            int(others[np.abs(difference.sum(1))[others].argmin()])
        ),
    }
    found = {mistake: number for mistake, number in found.items() if number != right}
    return found | {
        "this is the neighbor's row; give its number": rows[right],
        "this is the squared distance; give the row's number": float(distance[right]),
        "this is the distance; give the row's number": float(np.sqrt(distance[right])),
    }
