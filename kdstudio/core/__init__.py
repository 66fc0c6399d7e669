"""Values that every layer may name: events, errors, digests, atomic files, the registry."""
