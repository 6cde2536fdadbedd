"""The trace: from every result to the raw rows behind it, and back, as pages that open from the file system."""
