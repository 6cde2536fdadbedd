"""Treatment effects in subgroups of baseline, and whether they differ."""
