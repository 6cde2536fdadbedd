"""HTML pages: single tables and the report."""
