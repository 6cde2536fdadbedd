"""A small study whose outputs are finished: files as the writers write them, beside the results they print."""

import json

from trial.delivery.config import (
    DeliveredAnalysis,
    DeliveredComparison,
    DeliveredOutput,
    DeliverySpec,
    Named,
)
from trial.display.notes import Note
from trial.display.pages.outputs import save_table
from trial.display.provenance import Stamp
from trial.display.table import Block, Cell, Column, Row, Table
from trial.study.ard import ARD, result_rows
from trial.study.base import Identity
from trial.study.files import write_table
from trial.study.label import SYNTHETIC_MARK

STAMP = Stamp(
    "S1 study",
    "Sponsor",
    "scripts/render_output.py",
    "S1-1",
    "0" * 12,
    "hard",
    "2020-01-01",
    (SYNTHETIC_MARK,),
)
LOCK = {"lock_id": "S1-1", "short_hash": "0" * 12, "cut_date": "2020-01-01"}
ARMS = {"A": "Cells", "B": "Usual"}
SIZES = {"A": 8, "B": 6}


def spec():
    """Return the slice: two arms, three visits, one endpoint, a table of it, a count, a listing, a figure."""
    return DeliverySpec(
        study=Identity.model_construct(id="S1", title="A study", short_title="study", sponsor="Sponsor"),
        arms=tuple(Named(code=code, label=label) for code, label in ARMS.items()),
        visits=tuple(
            Named(code=code, label=label)
            for code, label in (("BL", "Baseline"), ("M3", "Month 3"), ("M6", "Month 6"))
        ),
        endpoints=(Named(code="GLUC", label="Glucose"),),
        primary_endpoints=(),
        populations=(Named(code="FASFL", label="Full analysis set"),),
        comparisons=(
            DeliveredComparison(code="A-B", label="Cells minus Usual", weights={"A": 1.0, "B": -1.0}),
        ),
        averages=(),
        analyses=(_analysis("PRIMARY", True, "ADLB", "CHG"), _analysis("EVENTS", False, "ADAE", None)),
        outputs=(
            _output("t14-2-1-2", "table", "model_table", "14.2", "PRIMARY"),
            _output("t14-2-1-3", "table", "key_results", "14.2", "PRIMARY"),
            _output("f14-2-1-1", "figure", "lsmean_profile", "14.2", "PRIMARY"),
            _output("t14-3-1-1", "table", "ae_overview", "14.3", "EVENTS"),
            _output("l16-2-7", "listing", "ae_listing", "16.2", "EVENTS"),
        ),
    )


def _analysis(name, primary, dataset, variable):
    return DeliveredAnalysis(
        id=name,
        label=f"Analysis {name}",
        primary=primary,
        population="FASFL",
        treatment="TRT01P",
        dataset=dataset,
        variable=variable,
    )


def _output(name, kind, template, e3, analysis):
    return DeliveredOutput(
        id=name,
        kind=kind,
        template=template,
        e3=e3,
        endpoint="GLUC" if analysis == "PRIMARY" and template != "key_results" else None,
        analyses=(analysis,),
        population="FASFL",
        treatment="TRT01P",
    )


MEANS = {"A": -1.234, "B": -0.5}
DIFFERENCE = MEANS["A"] - MEANS["B"]


def results():
    """Return every row of ard.csv."""
    model = {
        "analysis": "PRIMARY",
        "method": "mmrm-us",
        "endpoint": "GLUC",
        "output": "t14-2-1-2",
        "visit": "M6",
    }
    rows = [model | {"group": arm, "statistic": "lsmean", "value": mean} for arm, mean in MEANS.items()]
    rows += [model | {"group": arm, "statistic": "lsmean.se", "value": 0.123456} for arm in ARMS]
    compared = {"diff": DIFFERENCE, "diff.lower": -1.25, "diff.upper": -0.218, "diff.pvalue": 0.00002}
    rows += [model | {"comparison": "A-B", "statistic": name, "value": x} for name, x in compared.items()]
    rows.append(
        model | {"visit": "M3", "comparison": "A-B", "statistic": "diff", "value": None, "error": "no data"}
    )
    events = {"analysis": "EVENTS", "method": "count", "output": "t14-3-1-1"}
    for arm, subjects, times in (("A", 2, 2), ("B", 1, 1), ("", 3, 3)):
        whole = SIZES[arm] if arm else sum(SIZES.values())
        counted = events | {"group": arm}
        rows.append(counted | {"statistic": "any.subjects", "value": subjects, "n": subjects})
        rows.append(
            counted | {"statistic": "any.pct", "value": 100 * subjects / whole, "unit": "%", "n": whole}
        )
        rows.append(counted | {"statistic": "any.events", "value": times, "n": subjects})
    return result_rows(rows)


def _gluc(*names):
    return tuple(f"GLUC.PRIMARY.{name}" for name in names)


def _arm_columns():
    return tuple(Column(f"{label}\n(N={SIZES[arm]})") for arm, label in ARMS.items())


def model_table():
    """Return the table of the model."""
    rows = (
        Row((Cell("LS mean (SE)"), *(_mean(arm, text) for arm, text in (("A", "−1.23"), ("B", "−0.50"))))),
        Row((Cell("Difference to Usual"), Cell("−0.73", _gluc("M6.A-B.diff")), Cell("reference"))),
        Row(
            (Cell("95% CI"), Cell("(−1.25, −0.22)", _gluc("M6.A-B.diff.lower", "M6.A-B.diff.upper")), Cell())
        ),
        Row((Cell("p-value"), Cell("<0.0001", _gluc("M6.A-B.diff.pvalue")), Cell())),
    )
    third = Row((Cell("Difference to Usual"), Cell("NE", _gluc("M3.A-B.diff"), ("a",)), Cell("reference")))
    return _table(
        "t14-2-1-2",
        "Table 14.2.1.2",
        "Glucose: LS means by visit",
        (Column("Statistic", align="left", width=2), *_arm_columns()),
        (Block("Month 3", (third,)), Block("Month 6", rows)),
        (Note("NE: no data", "a"),),
    )


def _mean(arm, text):
    return Cell(f"{text} (0.123)", _gluc(f"M6.{arm}.lsmean", f"M6.{arm}.lsmean.se"))


def key_table():
    """Return the table that prints the interval once more, its visit in the title."""
    row = Row(
        (
            Cell("Glucose"),
            Cell("−0.73", _gluc("M6.A-B.diff")),
            Cell("(−1.25, −0.22)", _gluc("M6.A-B.diff.lower", "M6.A-B.diff.upper")),
        )
    )
    return _table(
        "t14-2-1-3",
        "Table 14.2.1.3",
        "All endpoints at Month 6",
        (Column("Endpoint", align="left"), Column("Estimate"), Column("95% CI")),
        (Block("Cells against Usual", (row,)),),
    )


def count_table():
    """Return the table of events: subjects with percent, events, arms and total."""
    cells = [Cell("Any event")]
    for arm, text, times in (("A", "2 (25.0%)", "2"), ("B", "1 (16.7%)", "1"), ("all", "3 (21.4%)", "3")):
        stem = f"all.EVENTS.all.{arm}.any"
        cells += [Cell(text, (f"{stem}.subjects", f"{stem}.pct")), Cell(times, (f"{stem}.events",))]
    heads = [f"{label}\n(N={SIZES[arm]})" for arm, label in ARMS.items()] + ["Total\n(N=14)"]
    columns = [Column(what, head) for head in heads for what in ("Subjects", "Events")]
    return _table(
        "t14-3-1-1",
        "Table 14.3.1.1",
        "Events",
        (Column("Event", align="left", width=2), *columns),
        (Block("", (Row(tuple(cells)),)),),
    )


def listing():
    """Return the listing of the three events that the table counts, and of one that it does not."""
    rows = {"Cells": (("S-1", "Y"), ("S-2", "Y")), "Usual": (("S-9", "Y"), ("S-9", "N"))}
    return _table(
        "l16-2-7",
        "Listing 16.2.7",
        "All events",
        (Column("Subject", align="left"), Column("TE", align="left")),
        tuple(
            Block(arm, tuple(Row((Cell(subject), Cell(emergent))) for subject, emergent in found))
            for arm, found in rows.items()
        ),
    )


def _table(name, number, title, columns, blocks, notes=()):
    return Table(
        id=name,
        number=number,
        titles=(title,),
        population="Population: Full analysis set",
        columns=columns,
        blocks=blocks,
        notes=(*notes, Note(STAMP.lock_line)),
        stamp=STAMP,
    )


ALT = "Glucose: LS mean by visit. At Month 6: Cells −1.23, Usual −0.50. Difference −0.73, 95% CI (−1.25, −0.22)."


def write_study(folder):
    """Write the results of the study into a folder and return it."""
    write_table(folder / "ard.csv", results(), list(ARD))
    lines = ["USUBJID,TRT01P,FASFL"]
    lines += [f"S-{arm}{i},{arm},Y" for arm, size in SIZES.items() for i in range(size)]
    lines += ["S-X,A,", "S-Y,,Y"]
    (folder / "data").mkdir()
    (folder / "data/adsl.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for table in (model_table(), key_table(), count_table(), listing()):
        save_table(table, folder / "tables" / table.id)
        _entry(folder, table.id, table.number, table.heading_lines, table.foot_lines, table.result_ids)
    plotted = _gluc("M6.A.lsmean", "M6.B.lsmean")
    _entry(folder, "f14-2-1-1", "Figure 14.2.1.1", ["Glucose: LS mean by visit"], [], plotted, ALT)
    return folder


def _entry(folder, name, number, headings, notes, ids, alt=""):
    (folder / "outputs").mkdir(exist_ok=True)
    entry = {
        "id": name,
        "number": number,
        "title": headings[0],
        "headings": list(headings),
        "notes": list(notes),
        "alt": alt,
        "results": list(ids),
        "e3": next(output.e3 for output in spec().outputs if output.id == name),
        "kind": next(output.kind for output in spec().outputs if output.id == name),
    }
    (folder / "outputs" / f"{name}.json").write_text(json.dumps(entry), encoding="utf-8")
