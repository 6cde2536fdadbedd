"""The files of the design stage."""

# One row per subject and kind of weights. LOWER and UPPER: shares of the quantiles at which the weight was
# clipped, empty where it was not asked for.
WEIGHTS = {
    "USUBJID": "text",
    "ARMCD": "text",
    "KIND": "text",
    "ESTIMATOR": "text",
    "LOWER": "number",
    "UPPER": "number",
    "SCORE": "number",
    "WEIGHT": "number",
    "CLIPPED": "text",
}
# The columns of the propensity model by subject, so that a bootstrap can fit it anew.
MATRIX = {"USUBJID": "text", "COLUMN": "text", "VALUE": "number"}
# How alike the arms are, raw (KIND NONE) and weighted, and the verdict on their overlap. N: subjects behind.
BALANCE = {
    "KIND": "text",
    "VARIABLE": "text",
    "LEVEL": "text",
    "ARMCD": "text",
    "STATISTIC": "text",
    "VALUE": "number",
    "N": "number",
    "WARNING": "text",
    "ERROR": "text",
}
RAW = "NONE"  # the kind of weights of the arms as they are


def covariate_columns(columns: dict[str, str], baselines: list[str]) -> dict[str, str]:
    """Return the columns of the file of covariates: subject, arm, and what is known at baseline."""
    return {
        "USUBJID": "text",
        "ARMCD": "text",
        **{name: columns[name] for name in sorted(columns)},
        **{f"BASE_{code}": "number" for code in sorted(baselines)},
    }
