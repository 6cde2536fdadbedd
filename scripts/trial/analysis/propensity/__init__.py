"""The propensity of treatment and what is made of it: weights, balance, positivity. Arrays in, arrays out."""
