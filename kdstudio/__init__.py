"""kdstudio: distil a big model into a small one, and see what it inherits."""

__version__ = "0.1.0"
