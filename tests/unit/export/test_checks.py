"""Each rule finds a fault that is planted, and no rule finds any in data without one."""

import dataclasses

import pytest

from trial.export.checks.registry import EVERY, OF_CLASS, RULES, check
from unit.export.small import CUT, DATASETS, ROOT, tables

# What even faultless data of the mini study leave: it has no site and no race, and of ADLB no raw row.
ALWAYS = {
    ("S02", "ADSL", "SITEID"),
    ("S02", "ADSL", "RACE"),
    ("B12", "ADLB", "SRCSEQ"),
    ("A04", "ADLBSAF", "ANL01FL"),
}
EMPTY = "A06"


def found(changed, datasets=None):
    """Return the findings by rule, data set and variable, without variables that are wholly empty."""
    datasets = datasets or list(DATASETS.values())
    findings = check(datasets, changed, CUT)
    return {(one.rule, one.dataset, one.variable): one for one in findings if one.rule != EMPTY}


def put(dataset, at, **values):
    """Return a change of one record (or, `at` None, of all)."""

    def change(found):
        for name, value in values.items():
            found[dataset].loc[slice(None) if at is None else at, name] = value

    return change


def drop(dataset, at):
    def change(found):
        found[dataset] = found[dataset].drop(index=at).reset_index(drop=True)

    return change


# rule, data set, variable, records, the change.
FAULTS = [
    ("A01", "ADLB", "USUBJID", 1, put("ADLB", 0, USUBJID="")),
    ("A01", "ADAE", "STUDYID", 2, put("ADAE", None, STUDYID="")),
    ("A05", "ADAE", "AETERM", 1, put("ADAE", 0, AETERM="x" * 201)),
    ("A05", "ADAE", "AETERM", 1, put("ADAE", 0, AETERM="頭痛")),
    ("A05", "ADAE", "AETERM", 1, put("ADAE", 1, AETERM="Headache ")),
    ("A05", "ADAE", "AETERM", 1, put("ADAE", 1, AETERM="Head\x07ache")),
    ("A07", "ADLB", "ANL01FL", 1, put("ADLB", 1, ANL01FL="X")),
    ("A10", "ADLB", "AVISITN", 4, put("ADLB", [1, 3], AVISITN=0.0)),
    ("A10", "ADLB", "AVISITN", 2, put("ADLB", 1, AVISITN=7.0)),
    ("A11", "ADLB", "AVISITN", 1, put("ADLB", 1, AVISIT="")),
    ("A12", "ADAE", "AENDT", 1, put("ADAE", 0, AENDT="2021-01-11")),
    ("A13", "ADLB", "ADY", 1, put("ADLB", 1, ADY=31.0)),  # counted from 0, as the pipeline itself does
    ("A13", "ADLB", "ADY", 1, put("ADLB", 0, ADY=-2.0)),
    ("A13", "ADLB", "ADY", 1, put("ADLB", 0, ADY=float("nan"))),
    ("A13", "ADAE", "ASTDY", 1, put("ADAE", 0, ASTDT="2021-01-11")),
    ("A14", "ADLB", "ADY", 1, put("ADLB", 0, ADY=0.0)),
    ("A15", "ADLB", "ASEQ", 2, put("ADLB", 1, ASEQ=1.0)),
    ("A15", "ADSL", "USUBJID", 2, put("ADSL", 1, USUBJID="S-1")),
    ("A16", "ADLB", "AVAL", 1, put("ADLB", 1, AVAL=1e-80)),
    ("A16", "ADLB", "AVAL", 1, put("ADLB", 1, AVAL=1e75)),
    ("A16", "ADLB", "ASEQ", 1, put("ADLB", 1, ASEQ=2.0**53 + 2)),
    ("A17", "ADLB", "AVISITN", 2, put("ADLB", [1, 3], AVISITN=1.5)),
    ("A18", "ADLB", "AVISIT", 1, put("ADLB", 1, AVISIT="V9")),
    ("A18", "ADSL", "SEX", 1, put("ADSL", 1, SEX="U")),
    ("A19", "ADLB", "AVALU", 1, put("ADLB", 1, AVALU="x" * 41)),
    ("A20", "ADAE", "AENDT", 1, put("ADAE", 0, AENDT="2022-01-01")),
    ("X01", "ADAE", "USUBJID", 1, put("ADAE", 1, USUBJID="S-9")),
    ("X02", "ADLB", "TRT01A", 1, put("ADLB", 3, TRT01A="REF")),
    ("X02", "ADLB", "FASFL", 1, put("ADLB", 3, FASFL="N")),
    ("S01", "ADSL", "USUBJID", 2, put("ADSL", 1, USUBJID="S-1")),
    ("S03", "ADSL", "FASFL", 1, put("ADSL", 1, FASFL="")),
    ("S04", "ADSL", "SEX", 1, put("ADSL", 1, SEX="Female")),
    ("S04", "ADSL", "AGEU", 2, put("ADSL", None, AGEU="YEAR")),
    ("S05", "ADSL", "SAFFL", 1, put("ADSL", 1, TRTSDT="")),
    ("S05", "ADSL", "SAFFL", 1, put("ADSL", 1, SAFFL="N")),
    ("S06", "ADSL", "FASFL", 1, put("ADSL", 1, TRT01P="")),
    ("S07", "ADSL", "AGE", 1, put("ADSL", 1, AGE=121.0)),
    ("S09", "ADSL", "SUBJID", 2, put("ADSL", 1, SUBJID="S-1")),
    ("B01", "ADLB", "PARAM", 1, put("ADLB", 1, PARAM="")),
    ("B03", "ADLB", "PARAMCD", 4, put("ADLB", 1, PARAM="HbA1c")),
    ("B04", "ADLB", "PARAMCD", 4, put("ADLB", None, PARAMCD="HBA1CLONG")),
    ("B06", "ADLB", "ABLFL", 2, put("ADLB", 1, ABLFL="Y")),
    ("B07", "ADLB", "BASE", 2, put("ADLB", 1, BASE=7.9)),
    ("B07", "ADLB", "BASE", 1, put("ADLB", 1, BASE=float("nan"))),
    ("B08", "ADLB", "BASE", 2, put("ADLB", 0, AVAL=8.0 + 1e-7)),
    ("B08", "ADLB", "BASE", 1, drop("ADLB", 0)),  # a value that no record stands behind
    ("B09", "ADLB", "CHG", 1, put("ADLB", 1, CHG=0.5)),
    ("B09", "ADLB", "CHG", 1, put("ADLB", 1, CHG=-0.5 + 1e-7)),
    ("B09", "ADLB", "CHG", 1, put("ADLB", 1, AVAL=float("nan"))),
    ("B10", "ADLB", "PCHG", 1, put("ADLB", 1, PCHG=-6.67)),  # of the later value, not of the baseline
    ("B10", "ADLB", "PCHG", 1, put("ADLB", [0, 1], BASE=0.0)),
    ("B11", "ADLB", "ANL01FL", 2, put("ADLB", 1, AVISIT="BL")),
    ("B13", "ADLBSAF", "ANRIND", 1, put("ADLBSAF", 1, ANRIND="LOW")),
    ("B13", "ADLBSAF", "ANRIND", 1, put("ADLBSAF", 1, ANRHI=7.0)),
    ("O01", "ADAE", "AEBODSYS", 1, put("ADAE", 1, AEBODSYS="")),
    ("O02", "ADAE", "TRTEMFL", 2, put("ADSL", None, TRTEMDT="2021-01-13")),
    ("O03", "ADAE", "ASTDT", 1, put("ADAE", 1, ASTDT="")),
]  # fmt: skip


def test_data_without_a_fault_leave_nothing_but_what_the_study_has_not():
    assert set(found(tables())) == ALWAYS


@pytest.mark.parametrize(("rule", "dataset", "variable", "count", "change"), FAULTS)
def test_a_planted_fault_is_found(rule, dataset, variable, count, change):
    changed = tables()
    change(changed)
    finding = found(changed, [DATASETS[dataset]])[rule, dataset, variable]
    assert finding.count == count
    assert finding.text and finding.first.startswith("record ")


# The columns and labels of data sets, which no record changes.
DECLARED = [
    ("A02", "ADAE", "aeterm", "AETERM", {"name": "aeterm"}),
    ("A02", "ADAE", "AETERMLONG", "AETERM", {"name": "AETERMLONG"}),
    ("A03", "ADAE", "AETERM", "AETERM", {"label": "Điều \u98df"}),
    ("A04", "ADAE", "ASTDT", "ASTDT", {"label": "Start of the Event"}),
    ("A08", "ADAE", "ASTDT", "ASTDT", {"type": "text"}),
    ("A09", "ADAE", "ASTDTF", "AESEV", {"name": "ASTDTF"}),
    ("A09", "ADAE", "ASTTMF", "AESEV", {"name": "ASTTMF"}),
    ("S08", "ADSL", "DTHFL", ("SAFFL", "DISCDT"), ({"name": "DTHFL"}, {"name": "DTHDT"})),
    ("A01", "ADAE", "STUDYID", "STUDYID", None),
    ("S02", "ADSL", "AGEU", "AGEU", None),
    ("B01", "ADLB", "PARAM", "PARAM", None),
    ("B02", "ADLB", "AVAL", ("AVAL", "AVALC"), (None, None)),
    ("B05", "ADLB", "TRTP", ("TRT01P", "TRT01A"), (None, None)),
    ("B12", "ADLBSAF", "SRCSEQ", "ROW", None),
]


@pytest.mark.parametrize(("rule", "name", "variable", "of", "change"), DECLARED)
def test_a_fault_of_a_declaration_is_found(rule, name, variable, of, change):
    changed, dataset = tables(), DATASETS[name]
    columns = list(dataset.columns)
    pairs = zip(of, change, strict=True) if isinstance(of, tuple) else [(of, change)]
    for one, values in pairs:
        at = next(at for at, column in enumerate(columns) if column.name == one)
        if values is None:
            del columns[at]
            changed[name] = changed[name].drop(columns=one)
            continue
        columns[at] = dataclasses.replace(columns[at], **values)
        changed[name] = changed[name].rename(columns={one: columns[at].name})
    keys = tuple(key for key in dataset.keys if key in {column.name for column in columns})
    datasets = [dataclasses.replace(dataset, columns=tuple(columns), keys=keys)]
    assert (rule, name, variable) in found(changed, datasets)


def test_a_variable_without_any_value_is_found():
    findings = check([DATASETS["ADAE"]], tables(), CUT)
    assert {one.variable for one in findings if one.rule == EMPTY} >= {"AESTDTC", "AEOUT"}
    assert "AETERM" not in {one.variable for one in findings}


def test_rounding_is_no_difference():
    changed = tables()
    changed["ADLB"].loc[1, "CHG"] = -0.5 * (1 + 1e-12)
    assert set(found(changed)) == ALWAYS


def test_a_censored_value_is_judged_by_its_side_alone():
    changed = tables()
    changed["ADLBSAF"].loc[1, "ANRIND"] = "LOW"
    changed["ADLBSAF"].loc[1, "CENSOR"] = "<"
    assert ("B13", "ADLBSAF", "ANRIND") not in found(changed)


def test_the_first_record_is_named_by_its_keys_and_values():
    changed = tables()
    put("ADLB", 3, CHG=0.5)(changed)
    first = found(changed)["B09", "ADLB", "CHG"].first
    assert first == "record 4: PARAMCD 'HBA1C', USUBJID 'S-2', ASEQ 2, CHG 0.5, AVAL 7.5, BASE 8"


def test_the_page_lists_every_rule():
    page = (ROOT / "workflow" / "docs" / "export.md").read_text(encoding="utf-8").replace("&#42;", "*")
    rows = [
        line.strip("| ").split(" | ")
        for line in page.splitlines()
        if line.startswith("| ") and line.count(" | ") == 2
    ]
    listed = [tuple(row) for row in rows if len(row) == 3 and row[1] in ("reject", "error", "warning")]
    assert listed == [(rule.id, rule.severity, rule.text) for rule in RULES]


def test_every_rule_is_tried_here():
    tried = {row[0] for row in FAULTS} | {row[0] for row in DECLARED} | {EMPTY}
    assert tried == {rule.id for rule in RULES}
    assert len(RULES) == len({rule.id for rule in RULES}) >= 30
    assert all(rule.text for rule in (*EVERY, *(one for rules in OF_CLASS.values() for one in rules)))
