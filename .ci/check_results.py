"""Check what `make results` left: complete, labelled synthetic, and every raw row with one fate."""

import csv
import json
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "results"
ENDPOINTS = 8
PER_ENDPOINT = {"tables": 6, "figures": 6}  # two tables in three formats, two figures in three
COMMON = {"tables": 12, "figures": 3}  # four listings, the forest


def main() -> int:
    """Return 1 after printing every problem, 0 when there is none."""
    problems = []
    for folder, count in PER_ENDPOINT.items():
        files = [path for path in (RESULTS / folder).iterdir() if path.stat().st_size > 0]
        wanted = ENDPOINTS * count + COMMON[folder]
        if len(files) != wanted:
            problems.append(f"results/{folder}: expected {wanted} files with content, found {len(files)}")
    for path in [RESULTS / "report" / "index.html", *(RESULTS / "tables").glob("*.html")]:
        if "SYNTHETIC" not in path.read_text(encoding="utf-8"):
            problems.append(f"{path.name}: not labelled synthetic")
    with (RESULTS / "data" / "accounting.csv").open(encoding="utf-8", newline="") as stream:
        fates = {}
        for row in csv.DictReader(stream):
            place = (row["FILE"], row["SHEET"], row["ROW"], row["COLUMN"])
            problems += [f"accounting.csv: {place} stands twice"] * (place in fates)
            fates[place] = row["FATE"]
    totals = {fate: list(fates.values()).count(fate) for fate in ("used", "superseded", "quarantined")}
    if sum(totals.values()) != len(fates) or not all(totals.values()):
        problems.append(f"accounting.csv: {len(fates)} raw rows, fates {totals}")
    with (RESULTS / "ard.csv").open(encoding="utf-8", newline="") as stream:
        differences = [row for row in csv.DictReader(stream) if row["statistic"] == "diff.pvalue"]
    if len([row for row in differences if row["analysis"] == "mmrm" and row["value"]]) != ENDPOINTS * 3:
        problems.append("ard.csv: not every endpoint has a comparison at months 1, 3 and 6")
    if not json.loads((RESULTS / "manifest.json").read_text(encoding="utf-8"))["outputs"]:
        problems.append("manifest.json: no outputs")
    print("\n".join(problems) or f"results complete: {len(fates)} raw rows {totals}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
