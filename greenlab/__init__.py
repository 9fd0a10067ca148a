"""greenlab: course labs on what machine learning costs and how to bring the cost down."""

from __future__ import annotations

import importlib

__version__ = "0.1.0"


def __getattr__(name: str):
    # Lazily, so that `import greenlab` costs nothing before torch is needed.
    if name in ("setup", "Lab"):
        return getattr(importlib.import_module("greenlab.device"), name)
    raise AttributeError(f"module 'greenlab' has no attribute {name!r}")
