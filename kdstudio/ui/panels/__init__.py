"""Larger parts of pages, built from widgets and fed by the workspace."""
