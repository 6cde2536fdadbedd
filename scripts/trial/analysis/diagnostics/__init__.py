"""Whether the assumptions of a fitted model hold: its residuals, and the subjects that carry it."""
