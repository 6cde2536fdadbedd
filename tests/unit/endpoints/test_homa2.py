"""HOMA2 goes out and comes back: which draws are handed over, and which results are refused."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import export_homa2
import import_homa2
from raw import write_verified
from trial.endpoints import homa2 as module
from trial.endpoints.config import Homa2
from trial.endpoints.homa2 import export_inputs, read_results
from trial.endpoints.schema import HOMA2, HOMA2_INPUT, HOMA2_LINEAGE
from trial.labs.schema import LABS
from trial.study.errors import DataError
from trial.study.files import read_table, write_json, write_table
from trial.subjects.schema import ADSV as ADSV_COLUMNS
from unit.endpoints.build import ADSV, FASTING_HOURS, INDICES, lab, labs

DAY = "2020-01-01T08:00"
INSULIN = {
    "calculator": "HOMA2 Calculator v2.2.4",
    "glucose": "GLUC",
    "partner": "INS",
    "partner_kind": "specific insulin",
    "insulin_factor": 6.0,
    "fasting": "not contradicted",
    "specimens": ["SERUM", "PLASMA", "BLOOD"],
    "ranges": {"glucose": [3.5, 25.0], "partner": [20, 300]},
    "results": "homa2/homa2_output.csv",
}
CPEPTIDE = INSULIN | {
    "partner": "CPEP",
    "partner_kind": "c-peptide",
    "insulin_factor": None,
    "ranges": {"glucose": [3.5, 25.0], "partner": [0.2, 3.5]},
}


def export_both(*rows, spec=INSULIN):
    return export_inputs(labs(*rows), ADSV, FASTING_HOURS, INDICES, Homa2(**spec))


def export(*rows, spec=INSULIN):
    return export_both(*rows, spec=spec)[0]


def pair(number, glucose, partner, analyte="INS"):
    """Return glucose and its partner of one draw, in the rows 10 n and 10 n + 1 of f.csv."""
    first, accession = 10 * number, f"A{number}"
    return (
        lab(first, "GLUC", glucose, DAY, accession, USUBJID=f"S{number}"),
        lab(first + 1, analyte, partner, DAY, accession, USUBJID=f"S{number}"),
    )


# One glucose with two insulins, one insulin with two glucoses, one row out of range.
INPUTS = export(*pair(1, 6.0, 10.0), *pair(2, 6.0, 20.0), *pair(3, 8.0, 10.0), *pair(4, 30.0, 10.0))


def key(number, inputs=INPUTS):
    """Return the key of the draw of that number; one that was never exported for others."""
    known = dict(zip(inputs["USUBJID"], inputs["KEY"], strict=True))
    return known.get(f"S{number}", f"never {number}")


# Invented numbers that obey the checks; they are no results of the calculator.
GOOD = {1: ("80.0", "80.0", "1.25"), 2: ("120.0", "40.0", "2.5"), 3: ("50.0", "75.0", "1.33")}


def returned(rows=GOOD, version="HOMA2 Calculator v2.2.4", inputs=INPUTS):
    lines = [f"{key(n, inputs)},{','.join(values)},{version}" for n, values in rows.items()]
    return "KEY,PERCENT_B,PERCENT_S,IR,VERSION\n" + "\n".join(lines) + "\n"


def read(text, inputs=INPUTS):
    return read_results(text, inputs, Homa2(**INSULIN), "data/raw/o.csv")


def refusal(text):
    with pytest.raises(DataError) as error:
        read(text)
    return error.value.text()


def test_a_draw_in_range_is_handed_over_in_the_units_of_the_calculator():
    table, lineage = export_both(*pair(1, 9.5, 10.0))
    key_of_draw = table["KEY"].iloc[0]
    assert table[list(HOMA2_INPUT)].to_numpy().tolist() == [
        ["S1", DAY, key_of_draw, 9.5, 60.0, "specific insulin", "Y", ""],
    ]
    assert lineage[["KEY", "ROLE", "FILE", "ROW"]].to_numpy().tolist() == [
        [key_of_draw, "GLUC", "f.csv", "10"], [key_of_draw, "INS", "f.csv", "11"],
    ]  # fmt: skip


def test_a_key_is_text_for_a_spreadsheet_and_differs_from_draw_to_draw():
    assert INPUTS["KEY"].is_unique
    assert INPUTS["KEY"].str.fullmatch(r"K[0-9a-f]{15}").all()


def test_a_corrected_input_has_another_key_so_that_stale_results_are_refused():
    corrected = export(*pair(1, 6.0, 10.0), *pair(2, 6.0, 20.0), *pair(3, 8.5, 10.0), *pair(4, 30.0, 10.0))
    assert (corrected["KEY"] == INPUTS["KEY"]).tolist() == [True, True, False, True]
    with pytest.raises(DataError, match=f"{key(3)}: unknown"):
        read(returned(), corrected)


def test_the_order_of_the_rows_does_not_change_the_keys():
    rows = (*pair(1, 6.0, 10.0), *pair(2, 6.0, 20.0))
    assert export(*rows[::-1])["KEY"].tolist() == export(*rows)["KEY"].tolist()


def test_the_configured_factor_converts_insulin():
    assert export(*pair(1, 9.5, 10.0), spec=INSULIN | {"insulin_factor": 6.945})["PARTNER"].tolist() == [
        69.45
    ]


def test_c_peptide_of_the_inclusion_bound_lies_just_below_the_range():
    table = export(*pair(1, 9.5, 0.6, "CPEP"), *pair(2, 9.5, 0.61, "CPEP"), spec=CPEPTIDE)
    assert table["PARTNER"].tolist() == [0.1987, 0.2020]
    assert table["REASON"].tolist() == ["PARTNER_OUT_OF_RANGE", ""]


@pytest.mark.parametrize(
    ("glucose", "insulin", "reason"),
    [
        (3.5, 20 / 6, ""),
        (25.0, 50.0, ""),
        (3.4, 10.0, "GLUCOSE_OUT_OF_RANGE"),
        (25.1, 10.0, "GLUCOSE_OUT_OF_RANGE"),
        (9.5, 3.3, "PARTNER_OUT_OF_RANGE"),
        (9.5, 50.1, "PARTNER_OUT_OF_RANGE"),
        (26.0, 60.0, "GLUCOSE_OUT_OF_RANGE;PARTNER_OUT_OF_RANGE"),
    ],
)
def test_the_range_holds_its_ends_and_nothing_beyond(glucose, insulin, reason):
    row = export(*pair(1, glucose, insulin)).iloc[0]
    assert (row["REASON"], row["IN_RANGE"]) == (reason, "N" if reason else "Y")
    assert row["GLUCOSE"] == glucose


def test_every_draw_that_cannot_be_computed_says_why():
    table = export(
        lab(2, "GLUC", 9.0, DAY, "A1", USUBJID="S1"),
        lab(3, "GLUC", 9.0, DAY, "A2", USUBJID="S2", FASTING="N"),
        lab(4, "GLUC", 9.0, DAY, "A3", USUBJID="S3", SPECIMEN="CAPILLARY"),
        lab(5, "GLUC", 9.0, DAY, "A4", USUBJID="S4"),
        lab(6, "INS", np.nan, DAY, "A4", USUBJID="S4", CENSOR="<", LIMIT=2.0),
    )
    assert table["REASON"].tolist() == ["NO_PAIRED_INS", "NOT_FASTING", "SPECIMEN_EXCLUDED", "CENSORED_INPUT"]
    assert set(table["IN_RANGE"]) == {"N"}
    assert table[["GLUCOSE", "PARTNER"]].isna().to_numpy().all()


def test_replicates_are_averaged():
    row = export(*pair(1, 8.0, 10.0), lab(12, "GLUC", 11.0, DAY, "A1")).iloc[0]
    assert row["GLUCOSE"] == 9.5


def test_results_that_agree_come_back_in_the_order_of_the_export():
    table = read(returned(dict(reversed(GOOD.items()))))
    assert list(table.columns) == list(HOMA2)
    assert table[["USUBJID", "KEY", "PERCENT_B", "PERCENT_S", "IR"]].to_numpy().tolist() == [
        [f"S{n}", key(n), *map(float, values)] for n, values in GOOD.items()
    ]
    assert set(table["VERSION"]) == {"HOMA2 Calculator v2.2.4"}


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ({1: GOOD[1], 3: GOOD[3]}, [f"{key(2)}: missing"]),
        (GOOD | {9: GOOD[1]}, [f"line 5, {key(9)}: unknown"]),
        (GOOD | {4: GOOD[1]}, [f"line 5, {key(4)}: not to be computed (GLUCOSE_OUT_OF_RANGE)"]),
        ({9: GOOD[1]}, [f"{key(n)}: missing" for n in GOOD] + ["unknown"]),
    ],
)
def test_keys_are_exactly_those_in_range(rows, problems):
    text = refusal(returned(rows))
    assert [problem for problem in problems if problem not in text] == []


def test_a_repeated_key_is_refused():
    text = returned()
    assert f"{key(3)}: stands 2 times" in refusal(text + text.splitlines()[-1] + "\n")


def test_another_version_is_refused():
    text = refusal(returned(version="HOMA2 Calculator v2.2.3"))
    assert "expected the version 'HOMA2 Calculator v2.2.4'" in text
    assert "line 2" in text


@pytest.mark.parametrize("value", ["0", "0.0", "-1.25", "", "1e2", "Unable to calculate", "nan", "inf"])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_only_positive_numbers_are_taken(value, column):
    values = list(GOOD[1])
    values[column] = value
    assert f"'{value}'" in refusal(returned(GOOD | {1: values}))


@pytest.mark.parametrize(
    ("sensitivity", "ir", "agrees"),
    [
        # 100 / 75.05 = 1.3324 and 100 / 74.95 = 1.3342 print as 1.33 only; 1.34 begins at 1.335.
        ("75.0", "1.33", True),
        ("75.0", "1.34", False),
        ("75.0", "1.32", False),
        # 100 / 74.5 = 1.3423: the coarser print leaves room for 1.34 but not for 1.36.
        ("75", "1.34", True),
        ("75", "1.36", False),
        ("75.0", "1.3", True),
        ("75.0", "75.0", False),
    ],
)
def test_ir_is_the_inverse_of_sensitivity_to_the_printed_digits(sensitivity, ir, agrees):
    text = returned(GOOD | {3: ("50.0", sensitivity, ir)})
    if agrees:
        assert len(read(text)) == 3
    else:
        assert f"PERCENT_S {sensitivity}, IR {ir}" in refusal(text)


def test_more_insulin_cannot_give_a_higher_sensitivity():
    rows = GOOD | {1: ("80.0", "40.0", "2.5"), 2: ("120.0", "80.0", "1.25")}
    assert f"line 3, {key(2)}: PERCENT_S 80.0 is above that of {key(1)}" in refusal(returned(rows))


def test_more_glucose_cannot_give_a_higher_secretion():
    text = refusal(returned(GOOD | {3: ("80.2", "75.0", "1.33")}))
    assert f"line 4, {key(3)}: PERCENT_B 80.2 is above that of {key(1)}" in text
    # 80.1 and 80.0 may both be printed of 80.05.
    assert len(read(returned(GOOD | {3: ("80.1", "75.0", "1.33")}))) == 3


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_equal_inputs_cannot_give_other_results(order):
    inputs = export(*pair(1, 6.0, 10.0), *pair(2, 6.0, 10.0))
    results = dict(zip(order, (("80.0", "80.0", "1.25"), ("80.0", "50.0", "2.00")), strict=True))
    with pytest.raises(DataError, match="contradict the order"):
        read(returned(results, inputs=inputs), inputs)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file is empty"),
        (returned().replace("VERSION", "Version"), "line 1: expected the columns KEY"),
        (returned().replace(",", ";"), "line 1: expected the columns KEY"),
        (returned().replace("1.25", "1,25"), "line 2: expected 5 cells, found 6"),
        (returned() + '"\n', "not a row of a CSV table"),
    ],
)
def test_files_that_are_no_results(text, problem):
    assert problem in refusal(text)


@pytest.mark.parametrize("spec", [CPEPTIDE | {"insulin_factor": 6.0}, INSULIN | {"insulin_factor": None}])
def test_the_factor_belongs_to_insulin(spec):
    with pytest.raises(ValidationError, match="insulin_factor is a number for insulin"):
        Homa2(**spec)


def test_a_range_rises():
    with pytest.raises(ValidationError, match=r"partner: 300.0 is not below 20.0"):
        Homa2(**INSULIN | {"ranges": {"glucose": [3.5, 25.0], "partner": [300, 20]}})


def test_every_reason_and_column_is_in_the_docs():
    page = (Path(__file__).resolve().parents[3] / "workflow" / "docs" / "analysis-data.md").read_text("utf-8")
    names = [module.GLUCOSE_OUT_OF_RANGE, module.PARTNER_OUT_OF_RANGE, *module.RETURNED]
    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.fixture
def handed(tmp_path):
    """Return a function that runs the export in a folder with labs of `INPUTS`."""
    rows = labs(*pair(1, 6.0, 10.0), *pair(2, 6.0, 20.0), *pair(3, 8.0, 10.0), *pair(4, 30.0, 10.0))
    write_table(tmp_path / "labs.csv", rows.reindex(columns=list(LABS)), list(LABS))
    write_table(tmp_path / "adsv.csv", ADSV, list(ADSV_COLUMNS))
    write_json(
        tmp_path / "spec.json",
        {"homa2": INSULIN, "fasting_hours": FASTING_HOURS, "indices": INDICES.model_dump()},
    )
    at = {name: str(tmp_path / f"{name}.csv") for name in ("labs", "adsv", "in", "lineage", "out")}
    spec = ["--spec", str(tmp_path / "spec.json")]
    export_homa2.main([*spec, "--labs", at["labs"], "--adsv", at["adsv"], "--out", at["in"],
                       "--lineage", at["lineage"]])  # fmt: skip
    return tmp_path, [
        *spec,
        "--lock",
        str(tmp_path / "lock.json"),
        "--inputs",
        at["in"],
        "--raw",
        str(tmp_path / "raw"),
        "--out",
        at["out"],
    ]


def test_the_programs_hand_over_and_take_back(handed):
    folder, arguments = handed
    sent = read_table(folder / "in.csv", HOMA2_INPUT)
    assert sent["IN_RANGE"].tolist() == ["Y", "Y", "Y", "N"]
    assert sent["KEY"].tolist() == INPUTS["KEY"].tolist()
    assert read_table(folder / "lineage.csv", HOMA2_LINEAGE)["KEY"].value_counts().tolist() == [2] * 4
    (folder / "raw" / "homa2").mkdir(parents=True)
    # A spreadsheet program saves with a mark of UTF-8 and CRLF.
    text = "\ufeff" + returned().replace("\n", "\r\n")
    (folder / "raw" / "homa2" / "homa2_output.csv").write_bytes(text.encode("utf-8"))
    write_verified(folder / "lock.json", folder / "raw")
    import_homa2.main(arguments)
    assert read_table(folder / "out.csv", HOMA2)["IR"].tolist() == [1.25, 2.5, 1.33]


def test_a_named_file_that_is_absent_is_an_error(handed):
    (handed[0] / "raw").mkdir()
    write_verified(handed[0] / "lock.json", handed[0] / "raw")
    with pytest.raises(DataError, match=r"set homa2\.results to null"):
        import_homa2.main(handed[1])
    assert not (handed[0] / "out.csv").exists()
