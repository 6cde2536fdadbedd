"""A study of two subjects whose every text is hostile, as files that the trace is made from."""

import csv
import json

from trial.study.base import Identity
from trial.trace.config import SubjectFile, TracedAnalysis, TraceSpec

SCRIPT = "<script>window.hurt = 1</script>"
PICTURE = '"><img src=x onerror="window.hurt = 1">'
FORMULA = '=HYPERLINK("http://example.org";"x")'
FILE = "edc/a!b,c%41.csv"

ANALYSIS = TracedAnalysis(
    id="COUNTS",
    label=f"Counts {SCRIPT}",
    method="adverse_events",
    describes=f"Events {PICTURE}",
    primary=True,
    population="All (ALLFL)",
    treatment="as planned (TRT01P)",
    estimand=(("Estimand", SCRIPT),),
    settings=(("level", "0.95"), ("where", PICTURE)),
    sources=(),
    influence=None,
    modelled=False,
)
SPEC = TraceSpec(
    study=Identity(
        id="T-1", title=f"Title {SCRIPT}", short_title="Short", sponsor=f"Sponsor {PICTURE}", design="d",
        randomised=True,
    ),
    analyses=(ANALYSIS,),
    endpoints=(("END", f"Endpoint {SCRIPT}"),),
    visits=(("V1", f"Visit {PICTURE}"),),
    arms=(("A", f"Arm {SCRIPT}"),),
    subject_files=(SubjectFile(kind="subjects", file="edc/subjects.csv", column="USUBJID"),),
)  # fmt: skip
LOCK = {
    "lock_id": f"L {SCRIPT}", "short_hash": "0123456789ab", "state": "hard", "synthetic": True,
    "cut_date": "2020-01-01",
}  # fmt: skip
ARD = (
    "result_id", "output", "analysis", "method", "endpoint", "visit", "group", "comparison", "statistic", "value",
    "unit", "n", "records", "warning", "error",
)  # fmt: skip
EVENTS = f"pt:{SCRIPT}.subjects"
RESULTS = [
    f"all.COUNTS.V1.A.{EVENTS}|t1|COUNTS|count||V1|A||{EVENTS}|1.0|1|1.0|COUNTS.study.set|{PICTURE}|",
    "all.COUNTS.V1.A.none.subjects|t1|COUNTS|count||V1|A||none.subjects|0.0|1|0.0|||",
    f"all.COUNTS.V1.A.none.pct|t1|COUNTS|count||V1|A||none.pct||%|0.0|||{SCRIPT}",
    "all.COUNTS.all.all.level|t1|COUNTS|count|||||level|0.95|1||||",
    "END.COUNTS.V1.A.mean|t1|COUNTS|observed|END|V1|A||mean|7.5|%|1.0|COUNTS.END.set||",
]
SETS = [
    ("COUNTS.study.set", "", "S,1", ""),
    ("COUNTS.study.set", "adae", "S,1", "1.0"),
    ("COUNTS.END.set", "END", "S,1", "1.0"),
]
PLACE = ("FILE", "SHEET", "ROW", "COLUMN")
TEXTS = [
    [
        FILE,
        "",
        "2",
        "",
        [["USUBJID", "USUBJID", "S,1"], ["AETERM", "AETERM", SCRIPT], ["X", PICTURE, FORMULA]],
    ],
    ["edc/subjects.csv", "", "2", "", [["USUBJID", "USUBJID", "S,1"], ["ARM", "ARM", PICTURE]]],
    ["lab.xlsx", SCRIPT, "7", "HbA1c", [["result", "HbA1c", "7,5"], ["unit", "U", "%"], ["visit", "V", "x"]]],
    ["lab.xlsx", SCRIPT, "8", "HbA1c", []],
]
FATES = [
    ("edc", FILE, "", "2", "", "used", "", "", "", "", ""),
    ("edc", "edc/subjects.csv", "", "2", "", "used", "", "", "", "", ""),
    ("lab", "lab.xlsx", SCRIPT, "7", "HbA1c", "used", "", "", "", "", ""),
    ("lab", "lab.xlsx", SCRIPT, "8", "HbA1c", "superseded", "REPEAT", "lab.xlsx", SCRIPT, "7", "HbA1c"),
]


def write_csv(path, names, rows):
    """Write rows of text."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([names, *rows])


def write_study(folder):
    """Write every input of `render_trace` and `list_printed`; return the arguments of the first."""
    book = ("SOURCE", *PLACE, "FATE", "RULE", *(f"BY_{name}" for name in PLACE))
    tables = {
        "ard": (ARD, [text.split("|") for text in RESULTS]),
        "records": (("RECORDS", "PARAMCD", "USUBJID", "ASEQ"), SETS),
        "adsl": (("USUBJID", "ARM"), [("S,1", PICTURE)]),
        "adlb": (("PARAMCD", "USUBJID", "ASEQ", "AVISIT", "AVAL"), [("END", "S,1", "1.0", "V1", "7.5")]),
        "lineage": (
            ("PARAMCD", "USUBJID", "ASEQ", "ROLE", *PLACE),
            [("END", "S,1", "1.0", "LAB", "lab.xlsx", SCRIPT, "7", "HbA1c")],
        ),
        "adae": (
            ("USUBJID", "AETERM", "AESPID", "FILE", "ROW"),
            [("S,1", SCRIPT, f"'{FORMULA}", FILE, "2")],
        ),
        "accounting": (book, FATES),
        "queries": (
            ("QUERYID", "STATUS", "ANSWER", "RULE", "FOUND", "QUESTION", "DONE", *PLACE),
            [("Q-1", "open", "", "ODD", SCRIPT, PICTURE, "used", FILE, "", "2", "")],
        ),
    }
    for name, (names, rows) in tables.items():
        write_csv(folder / f"{name}.csv", names, rows)
    (folder / "spec.json").write_text(SPEC.model_dump_json(), encoding="utf-8")
    (folder / "lock.json").write_text(json.dumps(LOCK), encoding="utf-8")
    (folder / "texts.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    job = folder / "analyses" / "COUNTS" / "study" / "record.json"
    job.parent.mkdir(parents=True)
    job.write_text(
        json.dumps({"footnote": f"Model {SCRIPT}", "matrix": [[0.125] * 20] * 20}), encoding="utf-8"
    )
    entry = {
        "id": "t1",
        "number": "Table 1",
        "title": f"Title {SCRIPT}",
        "results": [RESULTS[0].split("|")[0]],
    }
    (folder / "t1.json").write_text(json.dumps(entry), encoding="utf-8")
    names = ("ard", "records", "adsl", "adlb", "lineage", "accounting", "queries")
    found = [part for name in names for part in (f"--{name}", str(folder / f"{name}.csv"))]
    found += [
        part for name in ("spec", "lock", "texts") for part in (f"--{name}", str(folder / f"{name}.json"))
    ]
    found += ["--tables", str(folder / "adae.csv"), "--analyses", str(folder / "analyses")]
    return [
        *found,
        "--page",
        str(folder / "report" / "trace.html"),
        "--folder",
        str(folder / "report" / "trace"),
    ]
