"""Filters that are typed: `class:shirt outcome:inherited kl>0.5`. Words to terms, terms to inputs."""
