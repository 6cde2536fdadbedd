"""Check what `make results` left: every output, labelled synthetic, and every raw row with one fate."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"
sys.path.insert(0, str(ROOT / "scripts"))

from trial.plan.jobs import analysis_jobs, output_jobs, prepared_files  # noqa: E402
from trial.plan.load import load_study  # noqa: E402
from trial.study.load import read_yaml  # noqa: E402


def main() -> int:
    """Return 1 after printing every problem, 0 when there is none."""
    study = load_study(read_yaml(ROOT / "config.yaml"))
    files = [file for job in output_jobs(study).values() for file in job.files] + prepared_files(study)
    files += [job.file(name) for job in analysis_jobs(study).values() for name in ("rows.csv", "record.json")]
    manifest = json.loads((RESULTS / "manifest.json").read_text(encoding="utf-8"))
    files += manifest["outputs"]
    problems = [f"{name}: expected content, found none" for name in files if not filled(ROOT / name)]
    pages = [RESULTS / "report" / "index.html"]
    pages += [ROOT / f"{job.base}.html" for job in output_jobs(study).values() if job.kind != "figure"]
    for path in pages:
        if not filled(path) or "SYNTHETIC" not in path.read_text(encoding="utf-8"):
            problems.append(f"{path.name}: not there, or not labelled synthetic")
    totals, more = count_fates()
    problems += more
    with (RESULTS / "ard.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    (primary,) = (name for name, analysis in study.analyses.items() if analysis.primary)
    mine = [row for row in rows if row["analysis"] == primary]
    found = {(row["endpoint"], row["visit"]) for row in mine if row["statistic"] == "diff" and row["value"]}
    # A p-value is there, or withheld with its reason.
    found &= {
        (row["endpoint"], row["visit"])
        for row in mine
        if row["statistic"] == "diff.pvalue" and (row["value"] or row["error"])
    }
    later = [visit.code for visit in study.visits if not visit.baseline]
    wanted = {(code, visit) for code in study.endpoints for visit in later}
    problems += [f"ard.csv: no comparison of {code} at {visit}" for code, visit in sorted(wanted - found)]
    unknown = sorted(set(files) - set(manifest["outputs"]))
    problems += [f"manifest.json: no hash of {name}" for name in unknown]
    print("\n".join(problems) or f"results complete: {len(output_jobs(study))} outputs, raw rows {totals}")
    return bool(problems)


def filled(path: Path) -> bool:
    """Return whether a file is there and holds something."""
    return path.is_file() and path.stat().st_size > 0


def count_fates() -> tuple[dict[str, int], list[str]]:
    """Return the raw rows by fate, and what is wrong with them."""
    with (RESULTS / "data" / "accounting.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    places = [(row["FILE"], row["SHEET"], row["ROW"], row["COLUMN"]) for row in rows]
    fates = [row["FATE"] for row in rows]
    totals = {fate: fates.count(fate) for fate in ("used", "superseded", "quarantined")}
    twice = sorted(place for place, count in Counter(places).items() if count > 1)
    problems = [f"accounting.csv: {place} stands twice" for place in twice]
    if sum(totals.values()) != len(rows) or not all(totals.values()):
        problems.append(f"accounting.csv: {len(rows)} raw rows, fates {totals}")
    return totals, problems


if __name__ == "__main__":
    sys.exit(main())
