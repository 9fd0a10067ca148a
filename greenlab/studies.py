"""What a study of costs shows: frontier, learning curve, expected best of n trials, growth.

numpy in, plain numbers out; nothing here is random.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb, inf
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit


def _pairs(x: ArrayLike, y: ArrayLike, different: int, positive: str = "") -> list[np.ndarray]:
    # Both as arrays, checked: finite, of one length, enough different x; `positive`: which ones.
    pair = [np.asarray(values, dtype=float) for values in (x, y)]
    if pair[0].ndim != 1 or pair[0].shape != pair[1].shape:
        shapes = " and ".join(str(values.shape) for values in pair)
        raise ValueError(f"two lists of one length are needed, got shapes {shapes}")
    if not all(np.isfinite(values).all() for values in pair):
        raise ValueError("every number must be finite; leave out the runs that failed and say so")
    if any(values.size and values.min() <= 0 for name, values in zip("xy", pair, strict=True)
           if name in positive):  # fmt: skip
        raise ValueError("the logarithm is taken: the numbers must be above 0")
    if len(np.unique(pair[0])) < different:
        raise ValueError(
            f"at least {different} different points are needed, got {len(np.unique(pair[0]))}"
        )
    return pair


def frontier(costs: ArrayLike, values: ArrayLike) -> list[int]:
    """The Pareto frontier: which points no other beats, cheapest first.

    A point is beaten by one that costs no more and is worth no less, one of the two truly so; of
    equal points the first is kept. Raises ValueError for no points, uneven or not finite ones.
    """
    x, y = _pairs(costs, values, 1)
    kept: list[int] = []
    for i in np.lexsort((-y, x)):  # by cost, of equal cost the best first; stable
        if not kept or y[i] > y[kept[-1]]:
            kept.append(int(i))
    return kept


def points_per_tenfold(costs: ArrayLike, values: ArrayLike) -> float:
    """Slope of `values` on log10 of `costs`: what ten times the cost adds (Schwartz 2019, §2).

    Raises ValueError for fewer than 2 different costs, or costs that are not positive.
    """
    x, y = _pairs(costs, values, 2, positive="x")
    return float(np.polyfit(np.log10(x), y, 1)[0])


@dataclass(frozen=True)
class PowerLaw:
    """error(n) = scale · n^(−exponent) + asymptote, and what it leaves of each point."""

    scale: float
    exponent: float
    asymptote: float
    residuals: tuple[float, ...]  # log observed − log fitted, in the order of the points

    def __call__(self, n: ArrayLike) -> np.ndarray:
        """The error that the curve gives for `n` examples."""
        return self.scale * np.asarray(n, dtype=float) ** -self.exponent + self.asymptote

    def examples_for(self, error: float) -> float:
        """How many examples the curve asks for; far beyond the data it is a guess.

        Raises ValueError for an error at or below the asymptote: no amount of data reaches it.
        """
        if not error > self.asymptote:
            raise ValueError(
                f"no amount of data leads to {error:g}: the curve ends at {self.asymptote:.4g}"
            )
        return float((self.scale / (error - self.asymptote)) ** (1 / self.exponent))


def learning_curve(sizes: ArrayLike, errors: ArrayLike) -> PowerLaw:
    """Fit error(n) = scale · n^(−exponent) + asymptote by least squares of log error.

    As `power_law` fits its line, with one number more: the asymptote, 0 or more. The exponent lies
    between 0.01 and 5. A size may stand several times (seeds). Raises ValueError for fewer than 4
    different sizes (three numbers are fitted), sizes or errors that are not above 0, errors that
    don't fall.
    """
    from scipy.optimize import least_squares  # here, for it is slow to import

    n, error = _pairs(sizes, errors, 4, positive="xy")
    straight = power_law(n, error)[1]
    if not straight > 1e-9:
        raise ValueError("the errors don't fall with more data: there is no learning curve to fit")
    basis, lowest = n / n.min(), error.min()  # scaled, so that no power underflows

    def residuals(numbers: np.ndarray) -> np.ndarray:
        log_scale, log_exponent, asymptote = numbers
        fitted = np.exp(log_scale) * basis ** -np.exp(log_exponent) + asymptote
        return np.log(error) - np.log(fitted)

    bounds = (-np.inf, np.log(0.01), 0.0), (np.inf, np.log(5.0), lowest)
    exact, fits = dict.fromkeys(("xtol", "ftol", "gtol"), 1e-14), []
    for share in (0.0, 0.5, 0.9):  # of the lowest error: where the asymptote starts
        asymptote = share * lowest
        start = np.log(error.max() - asymptote), np.log(np.clip(straight, 0.02, 4)), asymptote
        fits.append(least_squares(residuals, start, bounds=bounds, x_scale="jac", **exact))
    best = min(fits, key=lambda fit: fit.cost)
    scale, exponent, asymptote = np.exp(best.x[0]), np.exp(best.x[1]), best.x[2]
    return PowerLaw(
        float(scale * n.min() ** exponent),
        float(exponent),
        float(asymptote),
        tuple(residuals(best.x).tolist()),
    )


def power_law(sizes: ArrayLike, errors: ArrayLike) -> tuple[float, float]:
    """Scale and exponent of error(n) = scale · n^(−exponent): a line through the logarithms.

    Least squares of log error on log n, without an asymptote. Raises ValueError for fewer than 2
    different sizes, sizes or errors that are not above 0.
    """
    n, error = _pairs(sizes, errors, 2, positive="xy")
    slope, intercept = np.polyfit(np.log(n), np.log(error), 1)
    return float(np.exp(intercept)), float(-slope)


def best_of(n: int, scores: ArrayLike, replacement: bool = True) -> list[tuple[float, float]]:
    """Distribution of the best of `n` trials: (score, probability), lowest score first.

    `scores` of N trials that were run stand for all trials (Dodge et al. 2019, §3.1). With
    `replacement` (the paper's) each of the n is drawn anew from the N: P(best ≤ v) = P(v)^n.
    Without, n different ones of the N are drawn: C(#≤v, n) / C(N, n), unbiased, n ≤ N. Higher is
    better: give −error for errors. Raises ValueError for no scores, ones that are not finite, an
    n below 1, or above N without replacement.
    """
    values = np.sort(_pairs(scores, scores, 1)[0])
    total = len(values)
    if not isinstance(n, Integral) or n < 1:
        raise ValueError(f"n must be a whole number, 1 or more, got {n!r}")
    if not replacement and n > total:
        raise ValueError(f"without replacement n can't exceed the {total} trials that were run")
    n = int(n)
    if replacement:
        below = [Fraction(i, total) ** n for i in range(total + 1)]
    else:
        below = [Fraction(comb(i, n), comb(total, n)) for i in range(total + 1)]
    return [(float(v), float(below[i + 1] - below[i])) for i, v in enumerate(values)]


def expected_best(n: int, scores: ArrayLike, replacement: bool = True) -> float:
    """Expected best score of `n` trials (Dodge et al. 2019, Equation 1); as `best_of`."""
    return sum(value * p for value, p in best_of(n, scores, replacement))


def best_band(
    n: int, scores: ArrayLike, replacement: bool = True, share: float = 0.8
) -> tuple[float, float]:
    """Between which scores the best of `n` lies in a `share` of cases, as much above as below.

    As `best_of`; raises ValueError also unless 0 < share < 1.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}")
    values, p = zip(*best_of(n, scores, replacement), strict=True)
    reached = np.cumsum(p)
    tails = ((1 - share) / 2, (1 + share) / 2)
    # 1e-12: a sum of floats may stop just short of the share that it is equal to.
    low, high = (values[min(int(np.sum(reached < t - 1e-12)), len(p) - 1)] for t in tails)
    return low, high


@dataclass(frozen=True)
class Growth:
    """Exponential growth: months to double, with an interval, and tenfolds a year."""

    months: float
    low: float
    high: float  # infinite where the data allow no growth at all
    level: float
    intercept: float  # log2 of the amount in year 0
    points: int

    @property
    def tenfolds_a_year(self) -> float:
        """Orders of magnitude a year."""
        return 12 / self.months * float(np.log10(2))

    def __call__(self, years: ArrayLike) -> np.ndarray:
        """The amount that the line gives for `years`."""
        return 2 ** (self.intercept + np.asarray(years, dtype=float) * 12 / self.months)


def doubling_time(years: ArrayLike, amounts: ArrayLike, level: float = 0.95) -> Growth:
    """Months to double, by a straight line through log2 of the amounts, with its interval.

    The interval is Student's for the slope, which takes the points as independent and scattered
    alike around the line. Raises ValueError for fewer than 3 different years, amounts not above 0,
    no growth, a level outside 0 to 1.
    """
    t, y = _pairs(years, amounts, 3, positive="y")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    y, middle = np.log2(y), t.mean()
    spread = np.square(t - middle).sum()
    slope = ((t - middle) @ y) / spread
    if not slope > 0:
        raise ValueError("the amounts don't grow: there is no doubling time")
    rest = y - y.mean() - slope * (t - middle)
    error = np.sqrt(rest @ rest / (len(t) - 2) / spread)
    margin = stdtrit(len(t) - 2, (1 + level) / 2) * error
    return Growth(
        months=float(12 / slope),
        low=float(12 / (slope + margin)),
        high=float(12 / (slope - margin)) if slope > margin else inf,
        level=level,
        intercept=float(y.mean() - slope * middle),
        points=len(t),
    )


def doubling_months(years: ArrayLike, amounts: ArrayLike) -> float:
    """Months to double, as `doubling_time`, without the interval."""
    return doubling_time(years, amounts).months
