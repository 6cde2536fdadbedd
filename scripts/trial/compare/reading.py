"""What a comparison needs of a run beside its result rows: by what it concludes, and its outputs."""

from typing import Any

from trial.compare.files import folder_json
from trial.compare.flips import Rule
from trial.compare.run import Run


def read_rules(run: Run) -> dict[tuple[str, str], Rule]:
    """Return by analysis and endpoint (empty: of the study) how it concludes; without a level it does not."""
    found = {}
    for slice_ in folder_json(run.results / "spec", "analysis.*.json").values():
        settings, endpoint = slice_["settings"], slice_["endpoint"]
        level = 1 - settings["alpha"] if "alpha" in settings else settings.get("level")
        if level is None:
            continue
        asked = settings.get("comparisons") or {}
        # Limits stay two-sided: the test on one side that agrees with them has half of alpha.
        sides = 2 if asked.get("side", "two-sided") != "two-sided" else 1
        margin = asked.get("null_value")
        log = bool(endpoint) and endpoint["scale"] == "log"
        # 0.05, not 1 - 0.95: a p-value of exactly alpha is not below it.
        alpha = round((1 - level) / sides, 12)
        found[slice_["id"], endpoint["paramcd"] if endpoint else ""] = Rule(alpha, margin, log)
    return found


def read_outputs(run: Run) -> dict[str, dict[str, Any]]:
    """Return the entry of each output by its id."""
    return {entry["id"]: entry for entry in folder_json(run.results / "outputs", "*.json").values()}
