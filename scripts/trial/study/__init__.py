"""The study as data: configuration models, their cross-checks, the error tree, canonical files."""
