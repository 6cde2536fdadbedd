"""Two runs of a small study as folders of results, and what compares them, written by hand."""

import csv
from pathlib import Path

import render_output
from scripts.test_display_scripts import report_spec
from trial.compared.changes import PARTS
from trial.study.ard import ARD
from trial.study.files import json_text, write_json, write_table
from unit.display import study_rows as rows

# The study: one endpoint that moves at Month 6 and one that does not.
MOVED, STILL = "HBA1C", "TNFA"
PROFILE, COURSES, FOREST = "f14-2-1-1", "f14-2-1-4", "f14-2-0-1"
SUBJECT, SHIFT = "VH-106", 1.7
OLD = {"lock_id": "DBL-1", "short_hash": "ab12cd34"}
NEW = {"lock_id": "DBL-2", "short_hash": "9f00cc11"}


def specs():
    """Return the slices of every figure of the study."""
    per_endpoint = [
        rows.output_spec(name, code) for code in (MOVED, STILL) for name in ("lsmean_profile", "spaghetti")
    ]
    endpoints = tuple(rows.endpoint_spec(code) for code in (MOVED, STILL))
    roles = {"model": (rows.shown_analysis("model", [MOVED, STILL]),)}
    return [*per_endpoint, rows.output_spec("forest", endpoints=endpoints, roles=roles)]


def model_rows(code, moved):
    """Return the model's rows; a moved run has other estimates of one arm at the last visit."""
    table = rows.model_rows(code)
    if moved and code == MOVED:
        mine = (
            (table["visit"] == "M6")
            & (table["group"] == "CELL")
            & table["statistic"].str.startswith("lsmean")
        )
        table.loc[mine & (table["statistic"] != "lsmean.se"), "value"] += SHIFT
    return table


def adlb_rows(code, moved):
    """Return the records; a moved run has another value of one subject at the last visit."""
    table = rows.adlb_rows(code)
    if moved and code == MOVED:
        table.loc[(table["USUBJID"] == SUBJECT) & (table["AVISIT"] == "M6"), "AVAL"] += SHIFT
    return table


def write_run(folder, lock, moved):
    """Write the results of one run, figures drawn by the program of the rules."""
    write_json(folder / "lock.json", rows.LOCK | lock)
    write_json(folder / "spec" / "label.json", rows.LABEL)
    write_json(folder / "spec" / "report.json", report_spec().model_dump(mode="json"))
    for code in (MOVED, STILL):
        parts = {"PRIMARY": model_rows(code, moved), "OBSERVED": rows.descriptive_rows(code)}
        for analysis, table in parts.items():
            place = folder / "analyses" / analysis / code
            write_table(place / "rows.csv", table, list(ARD))
            write_json(place / "record.json", rows.fit_record())
        write_table(folder / "endpoints" / code / "adlb.csv", adlb_rows(code, moved), list(rows.ADLB))
    for spec in specs():
        path = folder / "spec" / f"output.{spec.id}.json"
        path.write_text(json_text(spec.model_dump(mode="json")), encoding="utf-8")
        render_output.main(arguments(spec, folder))
    return folder


def arguments(spec, folder):
    """Return the command line of one figure, as the rules write it."""
    words = ["--spec", folder / "spec" / f"output.{spec.id}.json", "--lock", folder / "lock.json"]
    words += ["--label", folder / "spec" / "label.json"]
    words += ["--base", folder / "figures" / spec.id, "--entry", folder / "outputs" / f"{spec.id}.json"]
    for role, analyses in spec.roles.items():
        for code in [endpoint.paramcd for endpoint in spec.endpoints]:
            place = folder / "analyses" / analyses[0].id / code
            words += [
                "--rows",
                f"{role}={place / 'rows.csv'}",
                "--records",
                f"{role}={place / 'record.json'}",
            ]
    for name in rows.template_of(spec.template).data:
        words += ["--data", f"{name}={folder / 'endpoints' / spec.endpoint / f'{name}.csv'}"]
    return [str(word) for word in words]


def result_row(result_id, **changes):
    """Return one changed result as text, what is not named being empty."""
    row = dict.fromkeys(PARTS["results"], "") | {"result_id": result_id, "change": "changed", "cause": "data"}
    return row | {name: str(value) for name, value in changes.items()}


def changed_results(many=0):
    """Return the model's numbers that moved, one of them with a turned conclusion, and `many` that no output prints."""
    name = f"{MOVED}.PRIMARY.M6.CELL."
    old = float(model_rows(MOVED, False).set_index("result_id").loc[f"{name}lsmean", "value"])
    shared = {"analysis": "PRIMARY", "endpoint": MOVED, "visit": "M6", "unit": "%"}
    found = [
        result_row(f"{MOVED}.PRIMARY.M6.CELL-STD.diff", comparison="CELL-STD", statistic="diff", old=-0.4, new=1.3,
                   delta=1.7, delta_se=8.5, flip="sign turned", subjects=f"{SUBJECT} +1.6; VH-107 -0.02", **shared)
    ]  # fmt: skip
    for part, value in (("lsmean", old), ("lsmean.lower", old - 0.3), ("lsmean.upper", old + 0.3)):
        found.append(result_row(f"{name}{part}", group="CELL", statistic=part, old=value, new=value + SHIFT,
                                delta=SHIFT, delta_se=9.4444, subjects=f"{SUBJECT} +1.7", **shared))  # fmt: skip
    found.append(result_row(f"{MOVED}.OBSERVED.M6.CELL.new", change="appeared", analysis="OBSERVED", endpoint=MOVED,
                            visit="M6", group="CELL", statistic="AVAL.n", new=30, cause="config"))  # fmt: skip
    found += [
        result_row(
            f"{MOVED}.OBSERVED.{k}",
            analysis="OBSERVED",
            endpoint=MOVED,
            statistic="x",
            old=k,
            new=k + 1,
            delta=1,
        )
        for k in range(many)
    ]
    return found


def write_comparison(folder, results, raw=None):
    """Write the files of a comparison as its program leaves them; flips stand first."""
    folder.mkdir(parents=True)
    state = {"state": "hard", "cut_date": "2020-10-31", "manifest": "0" * 64}
    write_json(folder / "compare.json", {
        "old": OLD | state, "new": NEW | state, "notes": ["A note <i>with signs</i>."], "rule": "Two values are equal to 1e-9.",
        "files": [{"path": "labs/a & b.csv", "change": "changed", "added": 1, "removed": 1, "changed": 1},
                  {"path": "edc/subjects.csv", "change": "", "added": 0, "removed": 0, "changed": 0}],
    })  # fmt: skip
    row = {
        "FILE": "labs/a & b.csv",
        "SUBJECT": SUBJECT,
        "ANALYTE": "HBA1C",
        "VISIT": "M6",
        "DATE": "2020-06-01",
    }
    raw = raw or [
        row
        | {"KIND": "changed", "OLD_ROW": "7", "NEW_ROW": "6", "COLUMN": "Result", "OLD": "7.9", "NEW": "9.6"},
        row
        | {
            "KIND": "changed",
            "OLD_ROW": "7",
            "NEW_ROW": "6",
            "COLUMN": "Comment",
            "OLD": "",
            "NEW": "'=1+1 <script>",
        },
        row | {"KIND": "removed", "OLD_ROW": "3", "COLUMN": "Result", "OLD": "8.1 %"},
        row | {"KIND": "added", "NEW_ROW": "9", "COLUMN": "Result", "NEW": "8.8 %"},
    ]
    titles = {PROFILE: "Figure 14.2.1.1", COURSES: "Figure 14.2.1.4", FOREST: "Figure 14.2.0.1"}
    parts = {
        "raw": raw,
        "populations": [{"USUBJID": "VH-101", "VARIABLE": "FASFL", "OLD": "Y", "NEW": "N", "NEW_REASON": "not allocated"}],
        "results": results,
        "outputs": [{"output": one, "kind": "figure", "number": number, "title": "t", "changed": "0", "flips": "0"}
                    for one, number in titles.items()],
        "attribution": [{"factor": "data", "changed": "Y", "what": "labs/a & b.csv", "moved": "5", "established": "a run"}],
    }  # fmt: skip
    for name, lines in parts.items():
        write_part(folder / f"{name}.csv", PARTS[name], lines)
    write_part(folder / "subjects.csv", ("result_id", "USUBJID", "part", "delta"), [])


def write_part(path: Path, names, lines):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def write_study(folder, many=0, new=None):
    """Write an archive of the first run, the results of the second, and their comparison; return both folders.

    `new`: the folder of results, where a report stands already.
    """
    old, new = folder / "locks" / "DBL-1", new or folder / "results"
    write_run(old / "results", OLD, moved=False)
    write_run(new, NEW, moved=True)
    write_comparison(new / "compare" / "DBL-1", changed_results(many))
    return old, new
