"""Panels of the Setup page: the cards of what takes part, and the forms of the recipe."""
