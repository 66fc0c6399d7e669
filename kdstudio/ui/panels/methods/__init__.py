"""Panels of how it is to be learned: methods, their knobs, layer pairs, presets."""
