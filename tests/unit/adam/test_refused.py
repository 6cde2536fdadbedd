"""What cannot be taken as given: each message says where, what was found, what to do."""

import pytest

from trial.plan.load import load_study
from trial.study.errors import ConfigError, DataError
from unit.adam.entered import as_csv, config, enter, rows_of


def refused(tmp_path, content=None, **files):
    with pytest.raises(DataError) as error:
        enter(tmp_path, content, {f"{name}.csv": rows if isinstance(rows, str) else as_csv(rows)
                                  for name, rows in files.items()})  # fmt: skip
    return str(error.value)


def problems(content):
    with pytest.raises(ConfigError) as error:
        load_study(content)
    return str(error.value)


def test_a_missing_column(tmp_path):
    rows = [{name.replace("BASE", "BASE1"): cell for name, cell in row.items()} for row in rows_of("adlb")]
    found = refused(tmp_path, adlb=rows)
    assert "adam/adlb.csv" in found and "'BASE' is missing" in found and "did you mean 'BASE1'" in found


def test_a_parameter_that_is_not_in_the_file(tmp_path):
    content = config()
    content["endpoints"]["HBA1C"]["source"]["paramcd"] = "A1C"
    found = refused(tmp_path, content)
    assert "data/raw/adam/adlb.csv, column PARAMCD" in found
    assert "- A1C" in found and "the file has HBA1C, HOMAIR" in found
    assert "endpoints.<code>.source.paramcd" in found


def test_a_subject_that_is_not_in_adsl(tmp_path):
    found = refused(tmp_path, adsl=rows_of("adsl")[1:])
    assert "1 subjects have records and are not in ADSL" in found
    assert "MN-001: 6 rows, the first is row 2" in found and "What to do" in found


def test_two_records_of_one_visit(tmp_path):
    rows = rows_of("adlb")
    place = next(at for at, row in enumerate(rows) if row["AVISIT"] == "Week 4")
    rows.append(rows[place] | {"ASEQ": "9.0"})
    found = refused(tmp_path, adlb=rows)
    assert "data/raw/adam/adlb.csv, PARAMCD HBA1C" in found and "ANL01FL" in found
    assert f"MN-001 V1: rows {place + 2}, {len(rows) + 1}" in found and "What to do" in found


def test_two_baselines_of_one_subject(tmp_path):
    rows = rows_of("adlb")
    rows.append(rows[0] | {"ASEQ": "9.0", "ANL01FL": "", "AVISIT": ""})
    found = refused(tmp_path, adlb=rows)
    assert "flagged as its baseline (ABLFL)" in found and f"MN-001: rows 2, {len(rows) + 1}" in found


def test_conditions_choose_one_of_two_baselines(tmp_path):
    content, rows = config(), rows_of("adlb")
    condition = {"variable": "DTYPE", "is": "missing", "otherwise": "another kind of baseline"}
    content["endpoints"]["HBA1C"]["source"]["conditions"] = [condition]
    rows.append(rows[0] | {"ASEQ": "9.0", "DTYPE": "AVERAGE", "AVAL": "9.1"})
    entered = enter(tmp_path, content, {"adlb.csv": as_csv(rows)})
    assert entered.asked() == []
    assert list(entered.table("HBA1C.adlb.csv")["REASON"]).count("another kind of baseline") == 1


def test_a_number_that_stands_twice(tmp_path):
    rows = rows_of("adlb")
    rows[1]["ASEQ"] = rows[0]["ASEQ"]
    assert "ASEQ stands twice" in refused(tmp_path, adlb=rows)


def test_another_unit(tmp_path):
    rows = rows_of("adlb")
    rows[0]["AVALU"] = "mmol/mol"
    found = refused(tmp_path, adlb=rows)
    assert "1 records of HBA1C are not in '%'" in found and "row 2: 'mmol/mol'" in found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda rows: [*rows, rows[0]], "a subject stands in several rows"),
        (lambda rows: [rows[0] | {"USUBJID": ""}, *rows[1:]], "a row has no subject"),
        (lambda rows: [rows[0] | {"TRT01P": "Placebo"}, *rows[1:]], "the planned treatment is none of arms.texts"),
        (lambda rows: [rows[0] | {"TRT01A": "Both"}, *rows[1:]], "the treatment received is none of arms.texts"),
    ],
)  # fmt: skip
def test_subjects_that_cannot_be_placed(tmp_path, change, expected):
    found = refused(tmp_path, adsl=change(rows_of("adsl")))
    assert (
        "data/raw/adam/adsl.csv" in found and expected in found and "row 2" in found and "What to do" in found
    )


def test_a_row_without_all_cells(tmp_path):
    lines = as_csv(rows_of("adlb")).splitlines()
    lines[3] = lines[3].rpartition(",")[0].rpartition(",")[0]
    assert "row 4" in refused(tmp_path, adlb="\n".join(lines) + "\n")


def test_an_empty_file(tmp_path):
    assert "no rows" in refused(tmp_path, adlb=as_csv(rows_of("adlb")).splitlines()[0] + "\n")


def test_an_output_that_needs_laboratory_data():
    content = config()
    content["outputs"].append(
        {"id": "l16-2-9-3", "template": "quality_listing", "analyses": {}, "endpoints": None, "e3": "16.2",
         "title": None, "footnotes": []}
    )  # fmt: skip
    found = problems(content)
    assert (
        "outputs.l16-2-9-3.template: quality_listing needs data" in found and "leave the output out" in found
    )


def test_sections_of_raw_data_are_not_known():
    assert "units: this key is not known" in problems(config() | {"units": {}})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c["adam"]["bds"]["ADLB"]["columns"].pop("BASE"), "adam.bds.ADLB: columns: BASE required"),
        (lambda c: c["adam"]["bds"]["ADLB"].update(first_day=None), "adam.bds.ADLB: first_day: 0 or 1"),
        (lambda c: c["adam"]["bds"]["ADLB"]["visits"].update({"Week 4": "W4"}), "adam.bds.ADLB.visits.Week 4: 'W4'"),
        (lambda c: c["adam"]["bds"]["ADLB"]["visits"].pop("Week 4"), "adam.bds.ADLB.visits: no text stands for V1"),
        (lambda c: c["endpoints"]["HBA1C"]["source"].update(dataset="ADQS"), "endpoints.HBA1C.source.dataset: 'ADQS'"),
        (lambda c: c["adam"]["bds"]["ADLB"]["columns"].pop("AVALU"), "endpoints.HBA1C.source.unit: adam.bds.ADLB"),
        (lambda c: c["adam"]["adsl"]["subject_columns"].pop("FASFL"), "populations.FASFL.conditions.0.variable"),
        (lambda c: c["adam"]["adsl"]["screen_failures"].append("active"), "screen_failures: 'active' is also"),
        (lambda c: c["adam"]["bds"]["ADLB"]["visits"].update({"week 4": "V2"}), "adam.bds.ADLB.visits: 'week 4'"),
        (
            lambda c: c["selection"].update(baseline="flag of the export"),
            "selection.baseline: 'flag of the export' needs an export",
        ),
        (lambda c: c["arms"].pop(), "arms: a comparison needs at least two arms"),
        (
            lambda c: c["endpoints"]["HBA1C"]["source"]["conditions"].append(
                {"variable": "AVALC", "at_least": 1, "if_missing": "fails", "otherwise": "low"}
            ),
            "endpoints.HBA1C.source.conditions.0.at_least: AVALC is text",
        ),
    ],
)  # fmt: skip
def test_contradictions_of_the_configuration(change, expected):
    content = config()
    change(content)
    assert expected in problems(content)
