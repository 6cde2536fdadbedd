"""Descriptive statistics and models: from analysis data to results rows (ARD)."""
