"""Functions that analyse the trials of a chunk by the numerics of the panel's methods (`registry`)."""
