"""Results rows to tables, listings, figures and pages; the only room that rounds."""
