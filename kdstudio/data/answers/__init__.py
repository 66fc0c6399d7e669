"""A teacher's stored answers in place of a model."""
