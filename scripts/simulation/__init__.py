"""Synthetic studies: true values, the exports that carry them, and the defects planted in the exports.

Nothing of this package is used by the pipeline, and it uses nothing of the pipeline.
"""
