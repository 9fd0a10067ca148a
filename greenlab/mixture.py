"""Mixtures of naive Bayes models, fitted by EM after Lowd and Domingos (2005), "NBE".

p(x) = Σ_k w_k Π_a p(x_a | k): within a component the attributes are independent, a Gaussian for a
continuous one, a table for a nominal one. Rows are (n, d); scikit-learn's GaussianMixture knows
no nominal attributes, hence the few lines of EM here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

DEVIATION = 0.01  # least standard deviation of a Gaussian, of a range of 1: keeps EM from spikes
PRIOR = 1.0  # rows' worth of the whole data's frequencies that each table starts from
PRUNE_EVERY = 5  # EM steps


@dataclass(frozen=True)
class NaiveBayes:
    """A mixture of m components over c continuous and some nominal attributes.

    `weights` (m,); `means` and `deviations` (m, c); `tables`, for each nominal attribute (m,
    values); `continuous` and `nominal` their columns; `values` the codes of each nominal one.
    """

    weights: np.ndarray
    means: np.ndarray
    deviations: np.ndarray
    tables: tuple[np.ndarray, ...]
    continuous: list[int]
    nominal: list[int]
    values: tuple[np.ndarray, ...]

    def log_joint(self, x: np.ndarray) -> np.ndarray:
        """log w_k + Σ_a log p(x_a | k) for each row and component, (n, m).

        A nominal value that the fitted rows don't hold raises ValueError.
        """
        y, precision = x[:, self.continuous], self.deviations**-2.0
        y, center = y - self.means.mean(0), self.means - self.means.mean(0)  # less cancellation
        constant = np.log(self.weights) - np.log(self.deviations * np.sqrt(2 * np.pi)).sum(1)
        quadratic = y**2 @ precision.T - 2 * y @ (center * precision).T
        found = constant - (quadratic + (center**2 * precision).sum(1)) / 2
        for table, code in zip(self.tables, self._codes(x), strict=True):
            found += np.log(table).T[code]
        return found

    def log_likelihood(self, x: np.ndarray) -> float:
        """Mean log p(x) of the rows, in nats a row."""
        return float(logsumexp(self.log_joint(x), axis=1).mean())

    def step(self, x: np.ndarray, marginals: tuple[np.ndarray, ...]) -> NaiveBayes:
        """One step of EM on the rows: shares of each row, then the parameters of most likelihood.

        Deviations are kept at `DEVIATION` or more; tables get `PRIOR` rows of the `marginals`.
        """
        joint = self.log_joint(x)
        share = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        total = share.sum(0)
        share, total = share[:, total > 1e-9], total[total > 1e-9]
        y = x[:, self.continuous]
        origin = y.mean(0)
        y = y - origin
        means = share.T @ y / total[:, None]
        variance = share.T @ y**2 / total[:, None] - means**2
        tables = [
            (np.stack([share[code == v].sum(0) for v in range(len(prior))], 1) + PRIOR * prior)
            / (total + PRIOR)[:, None]
            for prior, code in zip(marginals, self._codes(x), strict=True)
        ]
        return replace(
            self,
            weights=total / total.sum(),
            means=means + origin,
            deviations=np.sqrt(np.maximum(variance, DEVIATION**2)),
            tables=tuple(tables),
        )

    def pruned(self, least: float) -> NaiveBayes:
        """The mixture without the components of a weight below `least` (the largest stays)."""
        keep = self.weights >= min(least, self.weights.max())
        weights = self.weights[keep] / self.weights[keep].sum()
        tables = tuple(table[keep] for table in self.tables)
        means, deviations = self.means[keep], self.deviations[keep]
        return replace(self, weights=weights, means=means, deviations=deviations, tables=tables)

    def grown(self, seeds: np.ndarray, spread: NaiveBayes) -> NaiveBayes:
        """The mixture with one component more for each row of `seeds`, sharing half the weight.

        A new Gaussian has its seed's mean and half the deviation of `spread`, the one component
        of the whole data; a new table is half that of `spread`, half its seed's value.
        """
        m = len(seeds)
        tables = [
            np.concatenate([table, (one + np.eye(one.shape[1])[code]) / 2])
            for table, one, code in zip(self.tables, spread.tables, self._codes(seeds), strict=True)
        ]
        return replace(
            self,
            weights=np.concatenate([self.weights / 2, np.full(m, 0.5 / m)]),
            means=np.concatenate([self.means, seeds[:, self.continuous]]),
            deviations=np.concatenate([self.deviations, spread.deviations.repeat(m, 0) / 2]),
            tables=tuple(tables),
        )

    def sample(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Rows (count, d): a component by its weight, then each attribute by itself."""
        k = rng.choice(len(self.weights), size=count, p=self.weights)
        x = np.empty((count, len(self.continuous) + len(self.nominal)))
        noise = rng.standard_normal((count, len(self.continuous)))
        x[:, self.continuous] = self.means[k] + self.deviations[k] * noise
        for a, values, table in zip(self.nominal, self.values, self.tables, strict=True):
            above = rng.random((count, 1)) >= table.cumsum(1)[k, :-1]
            x[:, a] = values[above.sum(1)]
        return x

    def _codes(self, x: np.ndarray) -> list[np.ndarray]:
        codes = []
        for a, values in zip(self.nominal, self.values, strict=True):
            code = np.searchsorted(values, x[:, a]).clip(max=len(values) - 1)
            if (values[code] != x[:, a]).any():
                raise ValueError(f"nominal attribute {a} holds a value that was not fitted")
            codes.append(code)
        return codes


def single(x: np.ndarray, nominal: Sequence[int] = ()) -> NaiveBayes:
    """One component: each attribute's mean and deviation, or its frequencies."""
    nominal = list(nominal)
    continuous = [a for a in range(x.shape[1]) if a not in set(nominal)]
    y = x[:, continuous]
    counted = [np.unique(x[:, a], return_counts=True) for a in nominal]
    return NaiveBayes(
        weights=np.ones(1),
        means=y.mean(0)[None],
        deviations=np.maximum(y.std(0), DEVIATION)[None],
        tables=tuple(counts[None] / len(x) for _, counts in counted),
        continuous=continuous,
        nominal=nominal,
        values=tuple(values for values, _ in counted),
    )


def fit(
    x: np.ndarray,
    rng: np.random.Generator,
    nominal: Sequence[int] = (),
    start: int = 50,
    em: float = 1e-3,
    add: float = 1e-3,
) -> NaiveBayes:
    """Fit a mixture to the rows: add components while rows held out gain likelihood (NBE).

    A tenth of the rows is held out. Rounds add `start`, then 2 · `start`, … components at random
    rows; EM runs, dropping components of less than one row every few steps, until the held-out
    log-likelihood gains less than the share `em` of its size; rounds end when one gains less
    than `add`. The best mixture gets two more steps on all rows. Unlike NBE, seeds stay among
    the rows. Raises ValueError for fewer than two rows or `start` < 1.
    """
    if len(x) < 2 or start < 1:
        raise ValueError(f"a fit needs two rows and start ≥ 1, got {len(x)} rows and {start}")
    whole = single(x, nominal)
    marginals = tuple(table[0] for table in whole.tables)
    order = rng.permutation(len(x))
    held, rows = x[order[: -(-len(x) // 10)]], x[order[-(-len(x) // 10) :]]
    best, score = whole, whole.log_likelihood(held)
    count = start
    while True:
        before = score
        seeds = rows[rng.choice(len(rows), size=min(count, len(rows)), replace=False)]
        model, last = best.grown(seeds, whole), -np.inf
        for steps in range(1, 1001):
            model = model.step(rows, marginals)
            if steps % PRUNE_EVERY == 0:
                model = model.pruned(1 / len(rows))
            now = model.log_likelihood(held)
            if now > score:
                best, score = model, now
            if now - last < em * abs(last):
                break
            last = now
        best = best.pruned(1 / len(rows))
        if not score - before >= add * abs(before) or count >= len(rows):
            break
        count *= 2
    return best.step(x, marginals).step(x, marginals)
