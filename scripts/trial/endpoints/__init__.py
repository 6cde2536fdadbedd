"""Indices, visits, baseline and change: the ADLB-like analysis data."""
