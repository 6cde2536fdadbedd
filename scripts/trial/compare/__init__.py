"""Two locks side by side: finished runs kept, and what changed between them, where and why."""
