"""The page of the trace: its frame, its program and its style."""
