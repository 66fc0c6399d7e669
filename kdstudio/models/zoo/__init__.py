"""Architectures: one file each, with its knobs, its modules, and how its weights are recognised."""
