"""Panels of the Home page."""
