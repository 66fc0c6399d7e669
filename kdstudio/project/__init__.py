"""Folders and values: what a run writes as it goes, reading a run back, and projects. Knows neither torch nor Qt."""
