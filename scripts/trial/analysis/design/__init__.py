"""The design stage of a comparison without randomisation: covariates, propensity, weights; no outcome."""
