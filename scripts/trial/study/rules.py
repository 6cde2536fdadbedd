"""Words that analyses write into results and displays look for."""

# How warnings and errors begin where an endpoint lies too often below its limit to be tested.
DETECTABILITY = "Detectability only"
# The reason code of a value that is computed close to the pole of the formula of its index.
UNSTABLE = "HOMA_B_UNSTABLE"
