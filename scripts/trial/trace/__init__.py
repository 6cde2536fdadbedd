"""The trace: from every result to the raw rows behind it and back, in pages that open offline."""
