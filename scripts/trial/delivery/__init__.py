"""What leaves the study when all is printed: checks across outputs, and the analysis results as ARS."""
