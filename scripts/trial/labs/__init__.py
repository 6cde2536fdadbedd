"""Reading and cleaning laboratory exports, every raw row accounted for."""
