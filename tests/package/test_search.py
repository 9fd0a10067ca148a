"""Random search: draws uniform on a logarithmic scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from greenlab.search import log_uniform


@pytest.mark.parametrize(("low", "high"), [(1e-4, 1.0), (8, 512)])
def test_draws_are_scipys_log_uniform(low, high, g):
    draws = log_uniform(low, high, 5000, g).numpy()
    assert draws.min() >= low
    assert draws.max() <= high
    assert stats.kstest(draws, stats.loguniform(low, high).cdf).pvalue > 0.001


def test_draws_come_from_the_generator():
    first, second = (log_uniform(1, 10, 5, torch.Generator().manual_seed(s)) for s in (1, 2))
    again = log_uniform(1, 10, 5, torch.Generator().manual_seed(1))
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_one_value_is_a_range_too(g):
    np.testing.assert_allclose(log_uniform(3, 3, 4, g), 3)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2, 1), (float("nan"), 1)])
def test_what_is_no_range_on_a_log_axis_is_refused(low, high, g):
    with pytest.raises(ValueError, match="0 < low <= high"):
        log_uniform(low, high, 3, g)
