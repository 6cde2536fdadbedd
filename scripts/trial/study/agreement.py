"""The table of numbers computed a second time: its columns and words, for those who write and read it."""

AGREES, DIFFERS, NOTHING, NOT_RECOMPUTED = "agrees", "differs", "nothing to compare", "not recomputed"
# `production` and `independent` are numbers, but for the row that names the method.
AGREEMENT = {
    "endpoint": "text",
    "analysis": "text",
    "visit": "text",
    "group": "text",
    "comparison": "text",
    "statistic": "text",
    "result_id": "text",
    "source": "text",
    "production": "text",
    "independent": "text",
    "difference": "number",
    "tolerance": "number",
    "verdict": "text",
    "reason": "text",
}
