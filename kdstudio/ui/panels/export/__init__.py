"""Panels of the Export page."""
