"""Lock, manifest and checks: looks at everything, changes nothing."""
