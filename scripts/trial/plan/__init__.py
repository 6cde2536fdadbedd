"""The top room: composes what each room declares, cross-checks it, cuts the slices, reads import closures."""
