"""The trial domain: from locked raw files to results rows, tables, figures and review pages."""
