"""Operating characteristics of the study's design: simulated trials, each analysed by several methods."""
