"""Panels of the Understand page and its tabs."""
