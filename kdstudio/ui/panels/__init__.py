"""Larger parts of pages, built from widgets and fed by the workspace: a folder for each page, and what several use."""
