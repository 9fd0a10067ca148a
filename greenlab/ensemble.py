"""Ensemble selection from libraries of models (Caruana et al., ICML 2004): the teacher.

`predictions` (models, n): each model's probability of class 1 for n points that none of them was
trained on, the hill-climbing set; `targets` (n,): 0 or 1. An ensemble's prediction is the mean of
its members'; a model may be in it many times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from greenlab.metrics import HIGHER_IS_BETTER, METRICS, Array

BLOCK = 2**14  # numbers that are scored at a time: they stay in the processor's cache
TIE = 1e-12  # losses this near are one: which is smaller would be a matter of rounding


@dataclass(frozen=True, eq=False)
class Selection:
    """The path of one selection: which model came when, and the score after it.

    `order` (steps,): model numbers; `scores` (steps,): the metric of the first 1, 2, … of them on
    the hill-climbing set; `size`: how many of them are the ensemble, those with the best score
    (the first such); `weights` (models,): the share of each model in it, summing to 1.
    """

    order: NDArray[np.intp]
    scores: Array
    size: int
    weights: Array


def greedy_step(
    total: ArrayLike, count: int, predictions: ArrayLike, targets: ArrayLike, metric: str = "rmse"
) -> int:
    """The model whose addition makes the best ensemble; on ties the one of lowest number.

    `total` (n,): the sum of the predictions of the `count` models that are in already (0, 0 for
    none); model m would make the mean (total + predictions[m]) / (count + 1).
    """
    total, p = np.asarray(total), np.asarray(predictions)
    rows = max(1, BLOCK // p.shape[1])
    blocks = (p[first : first + rows] for first in range(0, len(p), rows))
    losses = [_losses((total + block) / (count + 1), targets, metric) for block in blocks]
    return _first_best(np.concatenate(losses))


def select(
    predictions: ArrayLike,
    targets: ArrayLike,
    steps: int = 100,
    metric: str = "rmse",
    sorted_start: bool = True,
) -> Selection:
    """Greedy ensemble selection with replacement, up to `steps` models (§2).

    With `sorted_start` (§2.2) it begins with the N best models, N where their mean is best;
    else with none. Then a `greedy_step` for each further model; the ensemble is the best along
    the way. For "rmse" a step takes time in proportion to the models alone, not to the points.
    Raises ValueError for shapes that don't fit, probabilities outside [0, 1], targets other than
    0 and 1, steps below 1, an unknown metric.
    """
    p, y = _checked(predictions, targets, metric)
    if steps < 1:
        raise ValueError(f"steps must be 1 or more, got {steps}")
    order: list[int] = []
    if sorted_start:
        ranking = np.argsort(_losses(p, y, metric), kind="stable")[:steps]
        means = np.cumsum(p[ranking], 0) / np.arange(1, len(ranking) + 1)[:, None]
        order = ranking[: _first_best(_losses(means, y, metric)) + 1].tolist()
    (_climb_squared if metric == "rmse" else _climb)(order, p, y, steps, metric)
    means = np.cumsum(p[order], 0) / np.arange(1, steps + 1)[:, None]
    scores = METRICS[metric](means, y)
    size = _first_best(_as_loss(scores, metric)) + 1
    weights = np.bincount(order[:size], minlength=len(p)) / size
    return Selection(np.array(order), scores, size, weights)


def bagged(
    predictions: ArrayLike,
    targets: ArrayLike,
    generator: np.random.Generator,
    bags: int = 20,
    share: float = 0.5,
    **options,
) -> Array:
    """Bagged selection (§2.3): the mean weights (models,) of selections from parts of the library.

    Each of `bags` selections sees round(share · models) of the models, at least 1, drawn without
    replacement; `options` are those of `select`. Raises ValueError as it does, and for bags
    below 1 or a share outside (0, 1].
    """
    if bags < 1 or not 0 < share <= 1:
        raise ValueError(f"needs bags >= 1 and a share in (0, 1], got {bags} and {share}")
    p = np.asarray(predictions)
    weights = np.zeros(len(p))
    for _ in range(bags):
        drawn = generator.choice(len(p), max(1, round(share * len(p))), replace=False)
        drawn.sort()  # ties go to the lowest number
        weights[drawn] += select(p[drawn], targets, **options).weights / bags
    return weights


def _climb(order: list[int], p: Array, y: Array, steps: int, metric: str) -> None:
    # Extend `order` to `steps` models in place.
    total = p[order].sum(0)
    while len(order) < steps:
        order.append(greedy_step(total, len(order), p, y, metric))
        total += p[order[-1]]


def _climb_squared(order: list[int], p: Array, y: Array, steps: int, metric: str) -> None:
    # The same for squared error by sums kept up to date. With errors e_m = p_m − y and their sum
    # s over the members, |s + e_m|² = |s|² + 2 s·e_m + |e_m|²; |s|² is the same for all m, and
    # s·e_m grows by a row of the matrix of inner products.
    errors = p - y
    inner = errors @ errors.T
    twice, own = 2 * inner[order].sum(0), np.diag(inner)
    scale = np.square(errors).mean() * p.shape[1]
    while len(order) < steps:
        squares = twice + own
        order.append(_first_best(squares, scale * (len(order) + 1)))
        twice += 2 * inner[order[-1]]


def _losses(predictions: ArrayLike, targets: ArrayLike, metric: str) -> Array:
    return _as_loss(METRICS[metric](predictions, targets), metric)


def _as_loss(scores: Array, metric: str) -> Array:
    return -scores if metric in HIGHER_IS_BETTER else scores


def _first_best(losses: Array, scale: float = 1.0) -> int:
    return int(np.argmax(losses <= losses.min() + TIE * scale))


def _checked(predictions: ArrayLike, targets: ArrayLike, metric: str) -> tuple[Array, Array]:
    p, y = np.asarray(predictions, dtype=float), np.asarray(targets, dtype=float)
    if metric not in METRICS:
        raise ValueError(f"unknown metric {metric!r}; choose one of {list(METRICS)}")
    if p.ndim != 2 or y.shape != p.shape[1:] or p.size == 0:
        raise ValueError(f"predictions (models, n) need targets (n,), got {p.shape} and {y.shape}")
    if not ((p >= 0) & (p <= 1)).all() or not np.isin(y, (0, 1)).all():
        raise ValueError("predictions must be probabilities and targets 0 or 1")
    return p, y


class EnsembleSelection(ClassifierMixin, BaseEstimator):
    """Ensemble selection of two-class scikit-learn models, itself such a model.

    `fit(X, y)` keeps `held_out` of the rows for hill-climbing, trains `estimators` (a list; by
    default a tree, naive Bayes and logistic regression) on the others and weights them by
    `select`, or by `bagged` when `bags` is above 0. With `prefit` they are trained already and
    all rows are for hill-climbing. Models of weight 0 are never asked again.

    Learned: `estimators_`, `weights_`, `classes_` and, without bags, `selection_`.
    """

    def __init__(
        self,
        estimators: Sequence[BaseEstimator] | None = None,
        *,
        steps: int = 100,
        metric: str = "rmse",
        sorted_start: bool = True,
        bags: int = 0,
        held_out: float = 0.2,
        prefit: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimators = estimators
        self.steps = steps
        self.metric = metric
        self.sorted_start = sorted_start
        self.bags = bags
        self.held_out = held_out
        self.prefit = prefit
        self.random_state = random_state

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> EnsembleSelection:
        """Train and weight the models; ValueError unless y holds two classes."""
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of y is {kind}")
        self.classes_, y = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("two classes are needed, y holds 1 class")
        random = check_random_state(self.random_state)
        if self.prefit:
            self.estimators_ = list(self.estimators)
        else:
            X, hill, y, hill_y = train_test_split(
                X, y, test_size=self.held_out, stratify=y, random_state=random
            )
            default = DecisionTreeClassifier(random_state=0), GaussianNB(), LogisticRegression()
            self.estimators_ = [clone(one).fit(X, y) for one in self.estimators or default]
            X, y = hill, hill_y
        p = np.stack([one.predict_proba(X)[:, 1] for one in self.estimators_])
        options = {"steps": self.steps, "metric": self.metric, "sorted_start": self.sorted_start}
        if self.bags:
            seed = random.randint(2**31)
            self.weights_ = bagged(p, y, np.random.default_rng(seed), self.bags, **options)
        else:
            self.selection_ = select(p, y, **options)
            self.weights_ = self.selection_.weights
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probabilities (n, 2) of the two classes: the weighted mean of the models'."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        members = zip(self.weights_, self.estimators_, strict=True)
        return sum(w * one.predict_proba(X) for w, one in members if w)

    def predict(self, X: ArrayLike) -> NDArray:
        """The classes (n,)."""
        second = self.predict_proba(X)[:, 1] >= 0.5
        return self.classes_[second.astype(int)]
