"""greenlab: course labs on what machine learning costs and how to bring the cost down."""

__version__ = "0.1.0"
