"""Random search over hyperparameters (Bergstra & Bengio 2012)."""

from __future__ import annotations

import torch
from torch import Tensor


def log_uniform(low: float, high: float, n: int, generator: torch.Generator) -> Tensor:
    """`n` random draws (n,), float64, whose logarithm is uniform from log `low` to log `high`.

    Each decade gets as many as any other. Raises ValueError unless 0 < low <= high.
    """
    if not 0 < low <= high:
        raise ValueError(f"log_uniform needs 0 < low <= high, got {low} and {high}")
    return low * (high / low) ** torch.rand(n, generator=generator, dtype=torch.float64)
