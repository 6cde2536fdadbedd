"""Figures: matplotlib drawings with their titles, notes and plotted data."""
