"""The labs room: any declared lab export in, every raw row accounted for, no identifier out."""

from trial.labs.clean import CleanedLabs, clean

__all__ = ["CleanedLabs", "clean"]
