"""Words that analyses and derivations write and later rooms look for."""

# How warnings and errors begin where an endpoint lies too often below its limit to be tested.
DETECTABILITY = "Detectability only"
# Reasons of records: an index analysed though its glucose lies near the pole, and one without a value.
UNSTABLE_INDEX, UNDEFINED_INDEX = "HOMA_B_UNSTABLE", "HOMA_B_UNDEFINED"
# Columns that every ADSL has, as a sentence calls them.
COLUMN_WORDS = {"AGE": "age", "SEX": "sex", "BMI": "BMI", "DIABDUR": "duration of diabetes"}
