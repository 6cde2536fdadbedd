"""A subject is put back whole: records and ADSL row as they were, everybody else as now."""

import csv

import pytest

from trial.compare import refit
from trial.compare.refit import MOST, Job, parts_of
from unit.compare.pairs import one, results

JOB = Job("spec.json", ("results/endpoints/X/adlb.csv",), (), (), (), "absence.csv")


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def study(folder, values, ages=None, column="AVAL"):
    write(folder / JOB.records[0], [{"USUBJID": name, column: value} for name, value in values])
    write(
        folder / refit.ADSL, [{"USUBJID": name, "AGE": (ages or {}).get(name, "50")} for name in dict(values)]
    )
    return folder


PROGRAM = """
import csv


def rows(path):
    with open(path) as stream:
        return list(csv.DictReader(stream))


def main(argv):
    got = dict(zip(argv, argv[1:]))
    values = [float(row["AVAL"]) for row in rows(got["--records"])]
    value = sum(values) / len(values) + sum(float(row["AGE"]) - 50 for row in rows(got["--adsl"])) / 10
    with open(got["--rows-out"], "w") as stream:
        stream.write("result_id,value,n,warning,error,statistic\\n")
        stream.write(f"HBA1C.PRIMARY.M6.A-B.diff,{value!r},1,,,diff\\n")
"""


@pytest.fixture
def program(tmp_path):
    """Code whose analysis is the mean of all records, plus a tenth of the sum of years above 50."""
    code = tmp_path / "code"
    (code / "scripts").mkdir(parents=True)
    (code / "scripts" / "run_analysis.py").write_text(PROGRAM, encoding="utf-8")
    return code


def parts(program, tmp_path, old, new, now):
    (tmp_path / "scratch").mkdir()
    found = refit.refit(JOB, old, new, program, tmp_path / "scratch")
    return parts_of(found, results(("diff", now)), one("diff")), found.note


def test_parts_are_what_each_subject_moved(program, tmp_path):
    old = study(tmp_path / "old", [("A", 1), ("A", 2), ("B", 4), ("C", 5)])
    new = study(tmp_path / "new", [("A", 1), ("A", 6), ("B", 4), ("C", 6)], {"B": "52"})
    found, note = parts(program, tmp_path, old, new, 17 / 4 + 0.2)
    assert note == ""
    assert [subject for subject, _ in found] == ["A", "C", "B"]
    assert dict(found) == pytest.approx({"A": 1.0, "C": 0.25, "B": 0.2})


def test_subject_who_came_or_went(program, tmp_path):
    old = study(tmp_path / "old", [("A", 1), ("B", 3)])
    new = study(tmp_path / "new", [("A", 1), ("C", 7)])
    found, _ = parts(program, tmp_path, old, new, 4.0)
    assert dict(found) == pytest.approx({"B": 4 - 11 / 3, "C": 4 - 1.0})


def test_other_columns_are_said(program, tmp_path):
    old, new = study(tmp_path / "old", [("A", 1)], column="VALUE"), study(tmp_path / "new", [("A", 1)])
    found, note = parts(program, tmp_path, old, new, 1.0)
    assert found == []
    assert "adlb.csv has other columns" in note


def test_change_of_many_is_nobodys(program, tmp_path):
    names = [f"S{at:02}" for at in range(MOST + 1)]
    old = study(tmp_path / "old", [(name, 1) for name in names])
    new = study(tmp_path / "new", [(name, 2) for name in names])
    found, note = parts(program, tmp_path, old, new, 2.0)
    assert found == []
    assert f"{MOST + 1} subjects changed" in note
