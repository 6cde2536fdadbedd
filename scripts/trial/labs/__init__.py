"""The labs room: any declared lab export in, every raw row accounted for, no identifier out."""
