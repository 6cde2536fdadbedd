"""What leaves the study when everything is printed: checks across outputs, and the analysis results as ARS."""
