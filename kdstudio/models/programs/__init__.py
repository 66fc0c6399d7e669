"""Networks that others define, in files, Python classes and packages: each becomes a `Program`, then a `Model`."""
