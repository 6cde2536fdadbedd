"""How much single subjects carry of a treatment effect."""
