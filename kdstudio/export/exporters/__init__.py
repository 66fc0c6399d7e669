"""File formats of exported students: one file = one format, found by the registry."""
