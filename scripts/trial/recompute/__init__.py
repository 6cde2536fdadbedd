"""The primary results computed a second time, by code that shares nothing with the engine."""
