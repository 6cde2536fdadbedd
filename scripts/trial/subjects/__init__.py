"""Subject-level data: arms, dates, populations, intercurrent events."""
