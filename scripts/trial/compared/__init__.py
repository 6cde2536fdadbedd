"""A comparison with an earlier data lock as pages of the report, and its figures laid over each other."""
