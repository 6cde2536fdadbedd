"""From one data lock to the next, as a data manager and a statistician live it, told by the programs alone.

Lock DBL-1, run, archive. The site answers three queries, corrects one value, adds one row and takes one out: lock DBL-2, plan,
run, compare. Then the program and the configuration change: compare again, with DBL-2. Each step is done once; each
test reads what it left.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workflow.conftest import copy_code, copy_study

LABS = Path("data/raw/labs/labs.csv")
ANSWERS = Path("data/raw/queries/answers.csv")
CUT, LATE = "2021-09-30", "2021-11-02"
SIGNED = "data manager; statistician"
# The lines of the export that ask a question each: what they read, and what they shall read.
ASKED = {
    '0021176517,210526000029,"Glucose, fasting",': (r"mmol/L", "mg"),  # a unit that nobody declared
    '0021124575,210401000011,"Glucose, fasting",': (r"mmol/L", ""),  # no unit
    "0021159896,210705000024,HbA1c,": (r"HbA1c,[\d.]+", "HbA1c,92"),  # no such HbA1c
    "0021154058,210422000020,Insulin,": (r"Insulin,[\d.]+", "Insulin,see report"),  # no number
}
CORRECTED = "0021105177,210517000003,HbA1c,"  # MN-001 at the last visit, 9.3
TAKEN_OUT = "0021189793,210731000036,HbA1c,"  # MN-012 at the last visit, 9.8
ADDED = "0021132856,210424000014,HbA1c,9.2,%,4.0,6.0,2021-04-24T07:30,Final,"  # MN-005 at week 4
AFTER_THE_CUT = f"0021189793,211102000099,HbA1c,7.7,%,4.0,6.0,{LATE}T07:30,Final,"
CODE_CHANGE = (
    "scripts/trial/analysis/summary.py",
    '("sd", 2, lambda v: np.std(v, ddof=1))',
    '("sd", 2, lambda v: np.std(v, ddof=0))',
)
CONFIG_CHANGE = ("level: 0.95", "level: 0.9")


@dataclass
class Story:
    """The study and the code of the story, and what each step said."""

    study: Path
    code: Path
    said: dict[str, str] = field(default_factory=dict)

    def run(self, step, program, *arguments, fails=False):
        """Run a program of the code's folder; its words are kept under the name of the step."""
        command = [
            sys.executable,
            *(["-I", "-S"] if "runner" in program else []),
            self.code / program,
            *arguments,
        ]
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=600, cwd=self.code,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        self.said[step] = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, self.said[step]
        return self.said[step]

    def results(self, step, fails=False):
        """`make results`."""
        return self.run(step, "workflow/runner/start.py", self.code, self.study, 2, fails=fails)

    def lock(self, lock_id, state, **options):
        """`make lock`."""
        words = {"id": lock_id, "state": state, "signed": SIGNED, **options}
        arguments = [part for name, text in words.items() for part in (f"--{name}", text)]
        return self.run(f"lock {lock_id} {state}", "scripts/write_lock.py", "--study", self.study, *arguments)

    def compare(self, step, lock_id):
        """`make compare`."""
        old = f"locks/{lock_id}"
        self.run(step, "scripts/compare_locks.py", "--old", old, "--study", self.study)
        self.run(f"{step}, pages", "scripts/render_compare.py", "--old", old, "--study", self.study)

    def lines(self):
        return (self.study / LABS).read_text(encoding="utf-8").splitlines()

    def write_lines(self, lines):
        (self.study / LABS).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def table(self, path):
        with (self.study / path).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def place(lines, start):
    """Return where the one line stands that begins so."""
    (found,) = (at for at, line in enumerate(lines) if line.startswith(start))
    return found


def ask_questions(story):
    """Spoil four lines of the export, and add one from after the cut."""
    lines = story.lines()
    for start, (pattern, text) in ASKED.items():
        at = place(lines, start)
        lines[at] = re.sub(pattern, text, lines[at])
    story.write_lines([*lines, AFTER_THE_CUT])


def answer_queries(story):
    """Answer three of the four queries, by their ids, as the site sends them."""
    queries = [row for row in story.table("results/data/queries.csv") if row["FILE"] == "labs/labs.csv"]
    path = story.study / ANSWERS
    path.parent.mkdir()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("QUERYID", "ANSWER", "DATE", "BY", "COMMENT", "FINGERPRINT"))
        for row in queries[:3]:
            writer.writerow(
                (row["QUERYID"], "value confirmed", "2021-10-05", "site 1", "", row["FINGERPRINT"])
            )
    return [row["QUERYID"] for row in queries[:3]]


def correct_data(story):
    """Change one value, add one row, take one out."""
    lines = story.lines()
    at = place(lines, CORRECTED)
    lines[at] = lines[at].replace("HbA1c,9.3,", "HbA1c,10.8,")
    del lines[place(lines, TAKEN_OUT)]
    lines.insert(place(lines, "0021124575,210401000011,HbA1c,"), ADDED)
    story.write_lines(lines)


def edit(path, before, after):
    text = path.read_text(encoding="utf-8")
    assert text.count(before) >= 1, before
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """The whole story up to the second comparison."""
    folder = tmp_path_factory.mktemp("a story")
    story = Story(copy_study("mini", folder / "the study"), copy_code(folder / "the code"))
    raw = story.study / "data" / "raw"
    for path in (raw / "LOCK.yaml", raw / "LOCKLOG.csv"):
        path.unlink()
    shutil.rmtree(raw / "LOCKS")
    ask_questions(story)
    story.lock("DBL-1", "hard", cut=CUT, synthetic="yes")
    story.results("first run")
    story.run("archive", "scripts/archive_lock.py", "--study", story.study)

    story.lock("DBL-1", "unlocked", reason="answers of the site")
    story.answered = answer_queries(story)
    correct_data(story)
    story.lock("DBL-2", "relocked", parent="DBL-1", reason="answers of the site")
    story.run("plan", "scripts/plan_run.py", "--study", story.study, "--cores", "2")
    story.results("second run")
    story.compare("compare with DBL-1", "DBL-1")
    story.run("archive again", "scripts/archive_lock.py", "--study", story.study)

    edit(story.code / CODE_CHANGE[0], *CODE_CHANGE[1:])
    edit(story.study / "config.yaml", *CONFIG_CHANGE)
    story.results("third run")
    story.compare("compare with DBL-2", "DBL-2")
    return story


def line_after(text, heading):
    """Return what a program said after a heading on its line."""
    (found,) = re.findall(rf"^{re.escape(heading)}: (.*)$", text, re.M)
    return found


def test_a_record_after_the_cut_is_left_out_counted_and_listed(story):
    fates = story.table("locks/DBL-1/results/data/accounting.csv")
    late = [
        (row["FILE"], row["SUBJECT"], row["ANALYTE"], row["DATE"], row["FATE"])
        for row in fates
        if row["RULE"] == "AFTER_CUT"
    ]
    assert late == [("labs/labs.csv", "MN-012", "HBA1C", LATE, "quarantined")]
    assert not [row for row in story.table("locks/DBL-1/results/data/labs.csv") if LATE in row.values()]
    assert not [row for row in story.table("locks/DBL-1/results/data/adlb.csv") if LATE in row.values()]


def test_the_plan_names_exactly_the_endpoints_that_are_affected(story):
    said = story.said["plan"]
    assert line_after(said, "Endpoints computed anew") == "HBA1C"
    assert line_after(said, "Endpoints not affected") == "HOMAIR"
    assert "labs/labs.csv" in said
    assert "Nothing was changed" in said


def test_the_second_run_computes_that_endpoint_and_leaves_the_other(story):
    for code, expected in (("HBA1C", True), ("HOMAIR", False)):
        path = f"results/analyses/PRIMARY/{code}/rows.csv"
        old, new = (story.study / "locks" / lock / path for lock in ("DBL-1", "DBL-2"))
        assert (old.read_bytes() != new.read_bytes()) == expected, path
        # An archive keeps the time of each file: what was not made again has that of the first run.
        assert (old.stat().st_mtime_ns != new.stat().st_mtime_ns) == expected, path
    footer = (story.study / "locks/DBL-2/results/tables/t14-2-4-2.html").read_text(encoding="utf-8")
    assert "Lock: DBL-2 (" in footer  # of the endpoint that was not computed anew


def test_answered_queries_are_closed_and_no_other_id_moved(story):
    first, second = (
        {row["QUERYID"]: row for row in story.table(f"locks/{lock}/results/data/queries.csv")}
        for lock in ("DBL-1", "DBL-2")
    )
    assert len(story.answered) == 3
    assert {key for key, row in second.items() if row["STATUS"] == "answered"} == set(story.answered)
    assert {row["ANSWER"] for row in second.values() if row["STATUS"] == "answered"} == {"value confirmed"}
    assert set(first) <= set(second)
    # All lines moved by one; nothing else of a query that was not answered.
    for key in set(first) - set(story.answered):
        place = {"ROW", "LAST_ROW"}
        same = [name for name in first[key] if name not in place]
        assert [first[key][name] for name in same] == [second[key][name] for name in same]
        assert int(second[key]["ROW"]) == int(first[key]["ROW"]) + 1
    # The row that went away is asked about; that is the one new question.
    (new,) = set(second) - set(first)
    assert (second[new]["SUBJECT"], second[new]["RULE"], second[new]["STATUS"]) == (
        "MN-012",
        "RECORD_VANISHED",
        "open",
    )


def test_source_keys_move_for_the_rows_that_came_and_went_only(story):
    first, second = (
        {
            row["SRCID"]: row
            for row in story.table(f"locks/{lock}/results/data/accounting.csv")
            if row["FILE"] == "labs/labs.csv"
        }
        for lock in ("DBL-1", "DBL-2")
    )
    assert [first[key]["SUBJECT"] for key in set(first) - set(second)] == ["MN-012"]
    assert [second[key]["SUBJECT"] for key in set(second) - set(first)] == ["MN-005"]


def test_the_comparison_lists_exactly_the_rows_that_changed(story):
    rows = story.table("results/compare/DBL-1/raw.csv")
    found = sorted(
        (row["KIND"], row["FILE"], row["SUBJECT"], row["ANALYTE"], row["OLD"], row["NEW"]) for row in rows
    )
    assert found == [
        ("added", "labs/labs.csv", "MN-005", "HBA1C", "", "9.2 %"),
        ("changed", "labs/labs.csv", "MN-001", "HBA1C", "9.3", "10.8"),
        ("removed", "labs/labs.csv", "MN-012", "HBA1C", "9.8 %", ""),
    ]
    assert story.table("results/compare/DBL-1/populations.csv") == []


def values(story, lock):
    """Return every result of an archive by its id: value, n, notes."""
    rows = story.table(f"locks/{lock}/results/ard.csv")
    return {row["result_id"]: (row["value"], row["n"], row["warning"], row["error"]) for row in rows}


def test_the_comparison_lists_exactly_the_numbers_that_changed(story):
    """Found once more by reading both files: to the last digit, but for what the rule takes as equal."""
    first, second = values(story, "DBL-1"), values(story, "DBL-2")
    differing = {key for key in {*first, *second} if first.get(key) != second.get(key)}
    listed = {row["result_id"]: row for row in story.table("results/compare/DBL-1/results.csv")}
    assert set(listed) <= differing
    for key in differing - set(listed):
        old, new = float(first[key][0]), float(second[key][0])
        assert first[key][1:] == second[key][1:]
        assert new == pytest.approx(old, rel=1e-9, abs=1e-9), key
    for key, row in listed.items():
        assert (row["old"], row["new"]) == (first[key][0], second[key][0])
        if row["old"] and row["new"]:
            assert float(row["delta"] or 0) == pytest.approx(float(row["new"]) - float(row["old"]), rel=1e-12)
    assert {row["endpoint"] for row in listed.values()} == {"HBA1C"}


def test_conclusions_that_turned_stand_first_with_the_subjects_that_moved_them(story):
    rows = story.table("results/compare/DBL-1/results.csv")
    flips = [bool(row["flip"]) for row in rows]
    assert any(flips)
    assert flips == sorted(flips, reverse=True)
    (row,) = [row for row in rows if row["result_id"] == "HBA1C.PRIMARY.V2.ACT-REF.diff"]
    assert row["flip"] == "interval now holds 0"
    assert row["subjects"].startswith("MN-001 +")  # the corrected value, in the active arm, moved it most
    assert float(row["old"]) < float(row["new"])


def moved(story, lock):
    return {
        row["factor"]: (row["changed"], row["moved"])
        for row in story.table(f"results/compare/{lock}/attribution.csv")
    }


def test_changed_data_alone_are_the_cause_after_the_second_lock(story):
    rows = story.table("results/compare/DBL-1/results.csv")
    assert {row["cause"] for row in rows} == {"data"}
    found = moved(story, "DBL-1")
    assert found["data"] == ("Y", str(len(rows)))
    assert {found[name] for name in ("config", "code", "environment")} == {("N", "0")}


def test_a_change_of_code_and_one_of_the_configuration_are_told_apart(story):
    """The program divides by n in an SD; the configuration asks for intervals of another level."""
    rows = story.table("results/compare/DBL-2/results.csv")
    causes = Counter(row["cause"] for row in rows)
    assert set(causes) == {"code", "config"}
    assert {row["statistic"] for row in rows if row["cause"] == "code"} == {"AVAL.sd", "CHG.sd"}
    of_config = {row["statistic"] for row in rows if row["cause"] == "config" and row["change"] == "changed"}
    assert of_config
    assert all(name == "level" or name.endswith((".lower", ".upper")) for name in of_config)
    # A conclusion that another level turns is a number that stayed.
    turned = sum(row["change"] == "conclusion" for row in rows)
    found = moved(story, "DBL-2")
    assert (found["code"], found["config"]) == (
        ("Y", str(causes["code"])),
        ("Y", str(causes["config"] - turned)),
    )
    assert (found["data"], found["environment"]) == (("N", "0"), ("N", "0"))
    assert "analyses.PRIMARY.level: 0.95 -> 0.9" in story.said["compare with DBL-2"]
    assert story.table("results/compare/DBL-2/raw.csv") == []


def test_the_pages_of_both_comparisons_stand_in_the_report(story):
    report = story.study / "results" / "report" / "compare"
    listed = (report / "index.html").read_text(encoding="utf-8")
    for lock in ("DBL-1", "DBL-2"):
        assert f'href="{lock}/index.html"' in listed
        assert (report / lock / "index.html").is_file()
    changed = {path.stem for path in (report / "DBL-1").glob("figure-*.html")}
    assert changed == {
        "figure-f14-2-0-1",
        "figure-f14-2-1-1",
        "figure-f14-2-1-4",
    }  # those of HOMAIR are unchanged
    for name in changed:
        assert (report / "DBL-1" / "figures" / f"{name.removeprefix('figure-')}-overlay.svg").is_file()
    page = (report / "DBL-1" / "raw.html").read_text(encoding="utf-8")
    assert all(subject in page for subject in ("MN-001", "MN-005", "MN-012"))


def times_of_results(story):
    """Return when each result was written; slices and the ledger of written files are no results."""
    root = story.study / "results"
    files = (path for path in root.rglob("*") if path.is_file() and "spec" not in path.parts)
    return {path: path.stat().st_mtime_ns for path in files if path.name != "written.tsv"}


def test_a_byte_flipped_under_its_old_time_stamp_is_caught_and_putting_it_back_costs_no_rerun(story):
    path = story.study / LABS
    state, content, before = path.stat(), path.read_bytes(), times_of_results(story)
    at = content.index(b"HbA1c,10.8") + len("HbA1c,10.")
    path.write_bytes(content[:at] + b"9" + content[at + 1 :])
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    said = story.results("flipped byte", fails=True)
    assert "labs/labs.csv" in said
    assert "DBL-2" in said
    assert "Traceback" not in said
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert "Finished jobid" not in story.results("byte put back")
    assert times_of_results(story) == before


def test_a_linked_folder_below_the_raw_files_is_caught_and_named(story, tmp_path):
    (tmp_path / "more.csv").write_text("PatientID\n")
    link = story.study / "data" / "raw" / "more labs"
    link.symlink_to(tmp_path, target_is_directory=True)
    said = story.results("linked folder", fails=True)
    link.unlink()
    assert "more labs" in said
    assert "link" in said
    assert "Traceback" not in said
