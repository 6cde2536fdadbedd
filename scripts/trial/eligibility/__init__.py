"""Eligibility, deviations and populations: what is decided where subjects and laboratory results meet."""
