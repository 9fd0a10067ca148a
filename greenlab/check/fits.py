"""The usual slips in fitting lines on logarithms and in drawing on them, computed by name."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt

import numpy as np

from greenlab import check

Slips = dict[str, object]


def points_per_tenfold(costs: Sequence[float], values: Sequence[float]) -> Slips:
    """Slips of the slope on log10 of the costs."""
    x, y = np.asarray(costs, dtype=float), np.asarray(values, dtype=float)
    tens = np.log10(x)
    first, last = np.argmin(x), np.argmax(x)
    return {
        "the logarithm is the natural one; log10 makes one step of each tenfold": _line(
            np.log(x), y
        )[0],
        "the logarithm is that to base 2: these are points for each doubling": _line(np.log2(x), y)[
            0
        ],
        "the line goes through the costs; take their logarithm": _line(x, y)[0],
        "this is the intercept; give the slope": _line(tens, y)[1],
        "the axes are swapped: this is how many tenfolds a point takes": _line(y, tens)[0],
        "the line goes through the first and last point alone; np.polyfit takes all": (
            (y[last] - y[first]) / (tens[last] - tens[first])
        ),
        "the values are on a logarithm too; only the costs should be": _line(tens, np.log10(y))[0],
        "this is the correlation; give the slope": np.corrcoef(tens, y)[0, 1],
        "polyfit gives slope and intercept: return the slope alone": _line(tens, y),
    }


def power_law(sizes: Sequence[float], errors: Sequence[float]) -> Slips:
    """Slips of a straight line through the logarithms: (scale, exponent)."""
    n, e = np.asarray(sizes, dtype=float), np.asarray(errors, dtype=float)
    slope, intercept = _line(np.log(n), np.log(e))
    scale, exponent = np.exp(intercept), -slope
    ten = _line(np.log10(n), np.log10(e))[1]
    raw = _line(n, e)
    return {
        "the exponent has the wrong sign: error falls as n^(−exponent), so it is −slope": (
            scale,
            slope,
        ),
        "the scale is still a logarithm: exp brings it back": (intercept, exponent),
        "scale is still a logarithm, and the exponent has the wrong sign": (intercept, slope),
        "scale and exponent are the other way round": (exponent, scale),
        "this is what polyfit gives, slope and intercept; make scale and exponent of them": (
            slope,
            intercept,
        ),
        "scale is exp of a log10; 10 ** brings that back": (np.exp(ten), exponent),
        "scale is still a log10; 10 ** brings it back": (ten, exponent),
        "scale is 10 ** of a natural logarithm; exp brings that back": (10**intercept, exponent),
        "the line goes through sizes and errors; take the logarithm of both": (raw[1], -raw[0]),
        "only the errors are on a logarithm; take that of the sizes too": (
            np.exp(_line(n, np.log(e))[1]),
            -_line(n, np.log(e))[0],
        ),
        "only the sizes are on a logarithm; take that of the errors too": (
            _line(np.log(n), e)[1],
            -_line(np.log(n), e)[0],
        ),
        "the axes are swapped: log error is the line's height, log size its place": (
            np.exp(_line(np.log(e), np.log(n))[1]),
            -_line(np.log(e), np.log(n))[0],
        ),
    }


def doubling_months(years: Sequence[float], amounts: Sequence[float]) -> Slips:
    """Slips of a doubling time in months."""
    t, a = np.asarray(years, dtype=float), np.asarray(amounts, dtype=float)
    per_year = _line(t, np.log2(a))[0]
    natural, tens = per_year * log(2), _line(t, np.log10(a))[0]
    first, last = np.argmin(t), np.argmax(t)
    return {
        "these are years; a year has 12 months": 1 / per_year,
        "these are doublings a year; turn that round, in months": per_year,
        "these are doublings a month; turn that round": per_year / 12,
        "these are 12 × the doublings a year; divide 12 by them": 12 * per_year,
        "the logarithm is the natural one: this is the time to grow e-fold (take log2, or "
        "multiply by ln 2)": 12 / natural,
        "the logarithm is the natural one, and these are years": 1 / natural,
        "the logarithm is log10: this is the time to grow tenfold": 12 / tens,
        "the logarithm is log10, and these are years": 1 / tens,
        "ln 2 divides; it should multiply": 12 / natural / log(2),
        "the line goes through the first and last point alone; np.polyfit takes all": (
            12 * (t[last] - t[first]) / np.log2(a[last] / a[first])
        ),
        "the line goes through the amounts; take their logarithm": 12 / _line(t, a)[0],
        "the axes are swapped: fit log2 of the amounts against the years": (
            12 * _line(np.log2(a), t)[0]
        ),
    }


def numbers(draws: object, n: int, what: str) -> np.ndarray:
    """`draws` as an array (n,). Raises NotYet for anything else."""
    check.that(draws is not None, f"{what} gave None.\n  Likely mistake: it has no return.")
    try:
        array = np.array([float(draw) for draw in draws])
    except (TypeError, ValueError, RuntimeError):
        raise check.NotYet(f"{what} should be {n} numbers.") from None
    check.that(len(array) == n, f"{what} should be {n} numbers, but are {len(array)}.")
    return array


def shares(draws: np.ndarray, low: float, high: float, parts: int) -> np.ndarray:
    """Which share of `draws` lies in each of `parts` equal parts of the log axis.

    Raises NotYet for a draw outside low…high.
    """
    outside = draws[~((draws >= low * (1 - 1e-5)) & (draws <= high * (1 + 1e-5)))]
    check.that(
        not len(outside),
        f"{len(outside)} of {len(draws)} draws lie outside {low:g} to {high:g}, such as "
        f"{outside[0] if len(outside) else 0:.4g}.\n  Likely mistake: exp undoes log, 10 ** undoes "
        "log10, and the exponent runs from log low to log high.",
    )
    edges = np.geomspace(low * (1 - 1e-5), high * (1 + 1e-5), parts + 1)
    return np.histogram(draws, edges)[0] / len(draws)


def log_uniform(low: float, high: float, parts: int) -> Slips:
    """Shares, as `shares` gives them, after slips in drawing uniformly on a log axis."""
    edges = np.geomspace(low, high, parts + 1)
    uniform = np.diff(edges) / (high - low)
    inverse = np.diff(-1 / edges) / (1 / low - 1 / high)
    roots = np.diff(np.sqrt(edges)) / (sqrt(high) - sqrt(low))
    square = np.diff(np.linspace(0, 1, parts + 1) ** 0.5)
    return {
        "the draws are uniform between low and high, nearly all in the last part: make their "
        "logarithm uniform": uniform,
        "one over the draws is uniform; their logarithm should be": inverse,
        "the draws' root is uniform; their logarithm should be": roots,
        "the exponent is squared": square,
    }


def _line(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.polyfit(x, y, 1)
