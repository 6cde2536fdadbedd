"""Functions that analyse every trial of a chunk by the numerics of the panel's methods; `registry` names them."""
