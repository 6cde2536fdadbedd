"""Words that analyses write into results and displays look for."""

# How warnings and errors begin where an endpoint lies too often below its limit to be tested.
DETECTABILITY = "Detectability only"
