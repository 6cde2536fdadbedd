"""What leaves the project: the analysis data sets of a finished run as transport files and Dataset-JSON."""
