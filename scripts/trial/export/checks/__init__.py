"""ADaM checks of our own, each rule with its words, run on every export."""
