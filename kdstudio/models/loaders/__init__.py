"""Loaders: one file format each, recognised by content and never by extension."""
