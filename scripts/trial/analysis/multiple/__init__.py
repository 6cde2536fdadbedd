"""Several hypotheses: adjusted p-values of a declared family."""
