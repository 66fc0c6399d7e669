"""Widgets that take plain values: they know neither the workspace nor the engine."""
