"""The untrained models of the library: about 100 of scikit-learn's, over the paper's families.

All are for two classes, with attributes in [0, 1], and have `predict_proba`. Those whose scores are
no probabilities (machines, AdaBoost) get Platt's sigmoid over threefold cross-validation, as in the
library of Caruana et al. 2004. Names say family and settings: "knn-manhattan-5".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OneHotEncoder,
    PolynomialFeatures,
    SplineTransformer,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from greenlab import students

Named = Iterator[tuple[str, BaseEstimator]]

FAMILIES = ("tree", "bagged", "forest", "boosted", "knn", "svm", "linear", "bayes", "net")


class Net(ClassifierMixin, BaseEstimator):
    """A net of one hidden layer (`greenlab.students`) as a scikit-learn classifier of 0 and 1."""

    def __init__(self, width: int = 32, epochs: int = 60, seed: int = 0) -> None:
        self.width = width
        self.epochs = epochs
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike) -> Net:
        """Train it alone."""
        return fit_nets([self], X, y)[0]

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities (n, 2) of 0 and 1."""
        x = torch.from_numpy(np.asarray(X, dtype=np.float32))
        p = students.probabilities(self.module_, x).double().numpy()
        return np.stack([1 - p, p], 1)

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """The classes (n,), 0 or 1."""
        return (self.predict_proba(X)[:, 1] >= 0.5).astype(int)


def fit_nets(nets: list[Net], X: ArrayLike, y: ArrayLike) -> list[Net]:
    """Train nets of the same epochs side by side, in place, each as if alone; the nets."""
    (epochs,) = {net.epochs for net in nets}
    x, targets = (torch.from_numpy(np.asarray(a, dtype=np.float32)) for a in (X, y))
    modules = students.fit(
        [net.width for net in nets],
        x,
        targets,
        generators=[torch.Generator().manual_seed(net.seed) for net in nets],
        epochs=epochs,
    )
    for net, module in zip(nets, modules, strict=True):
        net.module_, net.classes_ = module, np.array([0, 1])
    return nets


def models(values: Sequence[int] = ()) -> dict[str, BaseEstimator]:
    """Every model of the library by name, untrained; the same each time.

    `values`: of each attribute, 0 or the number of its nominal values, as in `data.Problem`. A
    nominal attribute reaches the models as one column of 0 and 1 for each value.
    """
    parts = (_trees, _bagged, _forests, _boosted, _knn, _svm, _linear, _bayes, _nets)
    named = {name: model for part in parts for name, model in part()}
    nominal = [a for a, count in enumerate(values) if count]
    if not nominal:
        return named
    codes = OneHotEncoder(
        categories=[np.arange(values[a]) for a in nominal],
        handle_unknown="ignore",
        sparse_output=False,
    )
    columns = make_column_transformer((codes, nominal), remainder="passthrough")
    return {name: make_pipeline(columns, model) for name, model in named.items()}


def family(name: str) -> str:
    """The family of a model, by its name."""
    return name.split("-")[0]


def _trees() -> Named:
    for criterion, leaf in product(("gini", "entropy"), (1, 2, 5, 10, 20)):
        yield (
            f"tree-{criterion}-leaf{leaf}",
            DecisionTreeClassifier(criterion=criterion, min_samples_leaf=leaf, random_state=0),
        )


def _bagged() -> Named:
    for criterion, leaf in product(("gini", "entropy"), (1, 5)):
        tree = DecisionTreeClassifier(criterion=criterion, min_samples_leaf=leaf)
        yield (
            f"bagged-{criterion}-leaf{leaf}",
            BaggingClassifier(tree, n_estimators=50, random_state=0),
        )
    for part in (0.3, 0.6):  # of the attributes
        yield (
            f"bagged-attributes{part}",
            BaggingClassifier(n_estimators=50, max_features=part, random_state=0),
        )


def _forests() -> Named:
    kinds = {"random": RandomForestClassifier, "extra": ExtraTreesClassifier}
    for (kind, forest), tried, leaf in product(kinds.items(), (1, 2, 4, 8), (1, 3)):
        yield (
            f"forest-{kind}-try{tried}-leaf{leaf}",
            forest(100, max_features=tried, min_samples_leaf=leaf, random_state=0),
        )


def _boosted() -> Named:
    for rate, leaves, trees in product((0.05, 0.2), (8, 31), (100, 300)):
        yield (
            f"boosted-rate{rate}-leaves{leaves}-{trees}",
            HistGradientBoostingClassifier(
                learning_rate=rate,
                max_leaf_nodes=leaves,
                max_iter=trees,
                early_stopping=False,
                random_state=0,
            ),
        )
    for depth in (4, 7, 10):
        tree = DecisionTreeClassifier(max_depth=depth)
        ada = AdaBoostClassifier(tree, n_estimators=64, random_state=0)
        yield f"boosted-ada-depth{depth}", _platt(ada)
    for stumps in (32, 128, 512):
        yield (
            f"boosted-stumps-{stumps}",
            GradientBoostingClassifier(
                n_estimators=stumps, max_depth=1, learning_rate=0.3, random_state=0
            ),
        )


def _knn() -> Named:
    for k in (1, 3, 5, 9, 17, 33, 65):
        yield f"knn-euclidean-{k}", KNeighborsClassifier(k)
    for k in (3, 5, 9, 17):
        yield f"knn-weighted-{k}", KNeighborsClassifier(k, weights="distance")
        yield f"knn-manhattan-{k}", KNeighborsClassifier(k, weights="distance", p=1)


def _svm() -> Named:
    for gamma, c in product((1, 3, 10, 20, 40), (1, 10, 100)):
        yield f"svm-rbf-gamma{gamma}-C{c}", _platt(SVC(gamma=gamma, C=c))
    for degree in (2, 3):
        svm = SVC(kernel="poly", degree=degree, gamma=1, coef0=1)
        yield f"svm-poly{degree}", _platt(svm)
    yield "svm-linear", _platt(SVC(kernel="linear"))


def _linear() -> Named:
    logistic = {c: LogisticRegression(C=c, max_iter=1000) for c in (0.1, 1, 10)}
    for c in (0.1, 10):
        yield f"linear-logistic-C{c}", logistic[c]
    yield "linear-squares", make_pipeline(PolynomialFeatures(2), logistic[10])
    for c in (1, 10):
        yield f"linear-splines-C{c}", make_pipeline(SplineTransformer(5), logistic[c])
    yield "linear-onehot", make_pipeline(_bins(16, "onehot-dense"), logistic[1])
    yield "linear-discriminant", LinearDiscriminantAnalysis()
    yield "linear-quadratic-discriminant", QuadraticDiscriminantAnalysis(reg_param=0.01)


def _bayes() -> Named:
    for smoothing in (1e-9, 1e-2):
        yield f"bayes-gaussian-{smoothing:g}", GaussianNB(var_smoothing=smoothing)
    for bins in (4, 8):
        yield f"bayes-bernoulli-{bins}", make_pipeline(_bins(bins, "onehot-dense"), BernoulliNB())
    for alpha in (0.1, 1):
        yield (
            f"bayes-categorical-{alpha}",
            make_pipeline(_bins(16, "ordinal"), CategoricalNB(alpha=alpha, min_categories=16)),
        )


def _nets() -> Named:
    for epochs, width in product((20, 60, 120), (8, 32, 64, 128, 256)):
        yield f"net-{width}-epochs{epochs}", Net(width, epochs, seed=1000 * epochs + width)


def _platt(model: BaseEstimator) -> BaseEstimator:
    return CalibratedClassifierCV(model, ensemble=False, cv=3)


def _bins(n: int, encode: str) -> KBinsDiscretizer:
    return KBinsDiscretizer(n, encode=encode, strategy="uniform")
