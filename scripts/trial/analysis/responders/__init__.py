"""Responders: shares of two arms, their difference with score limits, and the standardised difference."""
