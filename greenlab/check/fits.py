"""The usual slips in fitting lines on logarithms, drawing on them, and in the best of n draws."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log, log10, sqrt

import numpy as np

from greenlab import check, cost

Slips = dict[str, object]


def power_law(sizes: Sequence[float], errors: Sequence[float]) -> Slips:
    """Slips of a straight line through the logarithms: (scale, exponent)."""
    n, e = np.asarray(sizes, dtype=float), np.asarray(errors, dtype=float)
    slope, intercept = _line(np.log(n), np.log(e))
    scale, exponent = np.exp(intercept), -slope
    ten = _line(np.log10(n), np.log10(e))[1]
    raw, half, sizes_only = _line(n, e), _line(n, np.log(e)), _line(np.log(n), e)
    back = _line(np.log(e), np.log(n))
    ends = np.log(e[-1] / e[0]) / np.log(n[-1] / n[0])
    return {
        "your exponent has the wrong sign; error falls as n^(−exponent), it should be −slope": (
            scale,
            slope,
        ),
        "your scale is still a logarithm; exp should bring it back": (intercept, exponent),
        "your scale is still a logarithm, and your exponent has the wrong sign": (intercept, slope),
        "you give exponent and scale; it should be the other way around": (exponent, scale),
        "you give what polyfit gives, slope and intercept; scale and exponent should be made of "
        "them": (slope, intercept),
        "you give the exponent alone; it should be the pair (scale, exponent)": exponent,
        "you give the scale alone; it should be the pair (scale, exponent)": scale,
        "you take exp of a log10; it should be 10 ** intercept": (np.exp(ten), exponent),
        "your scale is still a log10; 10 ** should bring it back": (ten, exponent),
        "you take 10 ** a natural logarithm; it should be exp": (10**intercept, exponent),
        "you fit sizes and errors; it should be the logarithms of both": (raw[1], -raw[0]),
        "you take the logarithm of the errors only; it should be that of the sizes, too": (
            np.exp(half[1]),
            -half[0],
        ),
        "you take the logarithm of the sizes only; it should be that of the errors, too": (
            sizes_only[1],
            -sizes_only[0],
        ),
        "you fit errors without their logarithm, and take exp; it should be the logarithm of "
        "both": (np.exp(sizes_only[1]), -sizes_only[0]),
        "you swap the axes; log error should be the line's height, log size its place": (
            np.exp(back[1]),
            -back[0],
        ),
        "your line goes through the first and last point; np.polyfit should take all": (
            e[0] * n[0] ** -ends,
            -ends,
        ),
    }


def expected_best(n: int, scores: Sequence[float]) -> Slips:
    """Slips of the expected best of n trials, drawn with replacement."""
    given = np.asarray(scores, dtype=float)
    values, total = np.sort(given), len(given)

    def mean(values: np.ndarray, below: np.ndarray) -> float:
        return float(values @ np.diff(below))

    places = np.arange(total + 1)
    right = (places / total) ** n
    slips: Slips = {
        "you give the best that was seen; it should be an average, n trials aren't always that "
        "lucky": values[-1],
        "you give the mean, the expected score of one trial; the power n should be there": (
            values.mean()
        ),
        "you don't sort the scores; they should go from low to high": mean(given, right),
        "you sort from high to low, and get the expected worst; it should be from low to high": (
            mean(values[::-1], right)
        ),
        "you take P(best ≤ v); it should be its step from the score below": float(
            values @ right[1:]
        ),
        "your ranks are off by one; the lowest score should have rank 1, not 0": mean(
            values, ((places - 1) / total) ** n
        ),
        "your step begins one score too low; with the lowest score at rank 0, P(best ≤ v) is "
        "((rank + 1)/N)^n": float(values @ right[:-1]),
        "you give each score the probability (1/N)^n; it should be the step of (rank/N)^n": float(
            values.sum() / total**n
        ),
        "you multiply by n; it should be a power": n * values.mean(),
        "you take the best of the first n scores; it should be the average over all ways to "
        "draw n": given[:n].max() if n else -inf,
        "you take the mean of the n best; it should be the expected best of n drawn ones": (
            values[-n:].mean()
        ),
        "you take the mean of the first n scores; it should be the expected best of n drawn ones": (
            given[:n].mean()
        ),
        "you take the power n − 1; it should be n": mean(values, (places / total) ** (n - 1)),
        "you take the power n + 1; it should be n": mean(values, (places / total) ** (n + 1)),
        "you divide the ranks by N − 1; it should be N": mean(
            values, (places / max(total - 1, 1)) ** n
        ),
    }
    if n <= total:
        slips["you draw without replacement, C(rank, n)/C(N, n); it should be with"] = (
            cost.expected_best(n, given, replacement=False)
        )
    return slips


def steady(first: object, second: object, what: str) -> None:
    """Raise NotYet when two calls with the same arguments gave different numbers."""
    if isinstance(first, float) and isinstance(second, float):
        check.that(
            first == second or first != first,
            f"{what} gave {first:.6g}, then {second:.6g}.\n  Likely mistake: you draw at random; "
            "the formula gives the average over all draws.",
        )


def doubling_months(years: Sequence[float], amounts: Sequence[float]) -> Slips:
    """Slips of a doubling time in months."""
    t, a = np.asarray(years, dtype=float), np.asarray(amounts, dtype=float)
    per_year = _line(t, np.log2(a))[0]
    natural, tens = per_year * log(2), _line(t, np.log10(a))[0]
    first, last = np.argmin(t), np.argmax(t)
    return {
        "you give years; it should be months": 1 / per_year,
        "you give doublings a year; it should be months for a doubling, 12 divided by them": (
            per_year
        ),
        "you give doublings a month; it should be the other way around": per_year / 12,
        "you multiply the doublings a year by 12; 12 should be divided by them": 12 * per_year,
        "you take the natural logarithm, and get the time to grow e-fold; it should be log2": (
            12 / natural
        ),
        "you take the natural logarithm, and give years; it should be log2, and months": (
            1 / natural
        ),
        "you take log10, and get the time to grow tenfold; it should be log2": 12 / tens,
        "you take log10, and give years; it should be log2, and months": 1 / tens,
        "you divide by ln 2; it should multiply": 12 / natural / log(2),
        "your line goes through the first and last point; np.polyfit should take all": (
            12 * (t[last] - t[first]) / np.log2(a[last] / a[first])
        ),
        "your line goes through the amounts; it should go through their logarithm": (
            12 / _line(t, a)[0]
        ),
        "you swap the axes; it should be log2 of the amounts against the years": (
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
        f"{outside[0] if len(outside) else 0:.4g}.\n  Likely mistake: {_astray(draws, low, high)}.",
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
    tens = np.clip(np.log(edges), log10(low), log10(high))  # exp of a log10 may fall inside
    return {
        "you draw uniformly between low and high, nearly all in the last part; it should be the "
        "logarithm that is uniform": uniform,
        "you make one over the draws uniform; it should be their logarithm": inverse,
        "you make the draws' root uniform; it should be their logarithm": roots,
        "you square the exponent; it should be uniform": square,
        "you take exp of a log10; it should be 10 **": np.diff(tens) / log10(high / low),
    }


def _astray(draws: np.ndarray, low: float, high: float) -> str:
    # Why draws lie outside: which range they fill instead.
    ranges = {
        "your draws are still logarithms; exp should undo np.log": (log(low), log(high)),
        "your draws are still log10; 10 ** should undo it": (log10(low), log10(high)),
        "you forget low: your draws go from 1 to high / low; each should be low times that": (
            1.0,
            high / low,
        ),
        "you take exp of a log10; it should be 10 **": (exp(log10(low)), exp(log10(high))),
        "you take 10 ** of a natural logarithm; it should be exp": (
            10 ** log(low),
            10 ** log(high),
        ),
    }
    for mistake, (first, last) in ranges.items():
        axis = np.log if first > 0 else np.asarray
        with np.errstate(invalid="ignore", divide="ignore"):
            ends = axis(np.array([draws.min(), draws.max()]))
        start, stop = axis(np.array([first, last]))
        if np.allclose(ends, [start, stop], atol=0.02 * (stop - start), rtol=0):
            return mistake
    return (
        "exp undoes log, 10 ** undoes log10, and the exponent should run from log low to log high"
    )


def _line(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.polyfit(x, y, 1)
