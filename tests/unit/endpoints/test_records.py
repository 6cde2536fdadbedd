"""Which results make a record, which pair for an index, and why the others do not."""

import numpy as np
import pandas as pd
import pytest

from trial.endpoints.records import make_records, mark_fasting
from unit.endpoints.build import ADSV, BELOW, FASTING_HOURS, INDICES, homa, lab, labs, measured, spec


def make(source, *rows, adsv=ADSV):
    return make_records(mark_fasting(labs(*rows), adsv, FASTING_HOURS), spec(source).source, INDICES, BELOW)


def records(source, *rows, adsv=ADSV):
    return make(source, *rows, adsv=adsv).table


def one(source, *rows, adsv=ADSV):
    table = records(source, *rows, adsv=adsv)
    assert len(table) == 1
    return table.iloc[0]


def test_below_the_limit_half_the_limit_stands():
    record = one(measured(), lab(2, "GLUC", np.nan, "2020-01-01", CENSOR="<", LIMIT=3.0))
    assert (record.AVAL, record.DTYPE, record.BLQFL, record.AVALC, record.LLOQ) == (
        1.5,
        "LLOQ/2",
        "Y",
        "<3.0",
        3.0,
    )


def test_above_the_limit_the_limit_stands():
    record = one(measured(), lab(2, "GLUC", np.nan, "2020-01-01", CENSOR=">", LIMIT=33.0))
    assert (record.AVAL, record.DTYPE, record.BLQFL) == (33.0, "ULOQ", "")


@pytest.mark.parametrize(
    ("fasting", "flag", "reason"),
    [
        ("required", "", "NOT_FASTING"),
        ("required", "Y", ""),
        ("not contradicted", "", ""),
        ("not contradicted", "N", "NOT_FASTING"),
        ("not contradicted", "U", "NOT_FASTING"),
        ("required", "U", "NOT_FASTING"),
        ("any", "N", ""),
    ],
)
def test_fasting(fasting, flag, reason):
    record = one(measured(fasting=fasting), lab(2, "GLUC", 5.0, "2020-01-01", FASTING=flag))
    assert reason == record.REASON
    assert np.isnan(record.AVAL) == bool(reason)


def test_short_fast_on_the_visit_form_contradicts_the_export():
    adsv = pd.DataFrame({"USUBJID": ["S1"], "VISIT": ["BL"], "SVDT": ["2020-01-01"], "DONE": ["Y"],
                         "FASTING_H": [7.5], "REASON": [""]})  # fmt: skip
    short = one(measured(), lab(2, "GLUC", 5.0, "2020-01-01T08:00", FASTING="Y"), adsv=adsv)
    assert short.REASON == "NOT_FASTING"
    enough = adsv.assign(FASTING_H=8.0)
    assert one(measured(), lab(2, "GLUC", 5.0, "2020-01-01T08:00"), adsv=enough).REASON == ""


@pytest.mark.parametrize(
    ("specimen", "reason"),
    [("", ""), ("SERUM", ""), ("PLASMA", ""), ("CAPILLARY", "SPECIMEN_EXCLUDED"), ("URINE", "SPECIMEN_EXCLUDED")],
)  # fmt: skip
@pytest.mark.parametrize("source", [measured(), homa()])
def test_an_endpoint_takes_the_specimens_that_it_names(source, specimen, reason):
    rows = [
        lab(at, code, 5.0, "2020-01-01", "A", SPECIMEN=specimen) for at, code in enumerate(("GLUC", "INS"))
    ]
    assert one(source, *rows).REASON == reason


def test_index_of_one_accession():
    made = make(
        homa(), lab(2, "GLUC", 9.5, "2020-01-01T08:00", "A1"), lab(3, "INS", 10.0, "2020-01-01T09:30", "A1")
    )
    assert made.table["AVAL"].tolist() == [pytest.approx(95 / 22.5)]
    assert made.sources[["ROLE", "FILE", "ROW"]].to_numpy().tolist() == [
        ["GLUC", "f.csv", "2"],
        ["INS", "f.csv", "3"],
    ]


@pytest.mark.parametrize(("minute", "paired"), [(30, True), (31, False)])
def test_without_a_shared_accession_thirty_minutes_decide(minute, paired):
    record = one(
        homa(),
        lab(2, "GLUC", 9.5, "2020-01-01T08:00", "A1"),
        lab(3, "INS", 10.0, f"2020-01-01T08:{minute}", "B1"),
    )
    assert ("" if paired else "NO_PAIRED_INS") == record.REASON


def test_dates_without_times_do_not_pair():
    record = one(homa(), lab(2, "GLUC", 9.5, "2020-01-01"), lab(3, "INS", 10.0, "2020-01-01"))
    assert record.REASON == "NO_PAIRED_INS"


def test_dates_without_times_pair_within_one_raw_row():
    record = one(
        homa(),
        lab(2, "GLUC", 9.5, "2020-01-01", COLUMN="Glucose"),
        lab(2, "INS", 10.0, "2020-01-01", COLUMN="Insulin"),
    )
    assert pytest.approx(95 / 22.5) == record.AVAL


def test_a_different_fasting_state_does_not_pair():
    record = one(
        homa(fasting="any"),
        lab(2, "GLUC", 9.5, "2020-01-01T08:00", "A1", FASTING="Y"),
        lab(3, "INS", 10.0, "2020-01-01T08:00", "A1", FASTING="N"),
    )
    assert record.REASON == "NO_PAIRED_INS"


def test_replicates_are_averaged_before_the_formula():
    record = one(
        homa("HOMA1_B"),
        lab(2, "GLUC", 8.0, "2020-01-01T08:00", "A1"),
        lab(3, "GLUC", 11.0, "2020-01-01T08:00", "A1"),
        lab(4, "INS", 10.0, "2020-01-01T08:00", "A1"),
    )
    # The mean of the two indices would be 35.6, the index of the mean is 33.3.
    assert pytest.approx(20 * 10 / (9.5 - 3.5)) == record.AVAL
    assert record.DTYPE == "AVERAGE"


def test_censored_input_gives_no_index():
    record = one(
        homa(),
        lab(2, "GLUC", 9.5, "2020-01-01T08:00", "A1"),
        lab(3, "INS", np.nan, "2020-01-01T08:00", "A1", CENSOR="<", LIMIT=2.0),
    )
    assert record.REASON == "CENSORED_INPUT"
    assert np.isnan(record.AVAL)


@pytest.mark.parametrize(
    ("glucose", "reason", "missing"),
    [(3.5, "HOMA_B_UNDEFINED", True), (3.51, "HOMA_B_UNSTABLE", False), (4.0, "", False)],
)
def test_domain_of_homa_b(glucose, reason, missing):
    record = one(
        homa("HOMA1_B"),
        lab(2, "GLUC", glucose, "2020-01-01T08:00", "A1"),
        lab(3, "INS", 10.0, "2020-01-01T08:00", "A1"),
    )
    assert reason == record.REASON
    assert np.isnan(record.AVAL) == missing


def test_another_subjects_insulin_never_pairs():
    table = records(
        homa(),
        lab(2, "GLUC", 9.5, "2020-01-01T08:00", "A1"),
        lab(3, "INS", 10.0, "2020-01-01T08:00", "A1", USUBJID="S2"),
    )
    assert table["REASON"].tolist() == ["NO_PAIRED_INS"]


def test_the_index_says_which_input_counts_the_draws_not_the_configuration():
    swapped = homa() | {"inputs": {"insulin": "INS", "glucose": "GLUC"}}
    rows = (
        lab(2, "GLUC", 9.5, "2020-01-01T08:00", "A1"),
        lab(3, "INS", 10.0, "2020-01-01T08:10", "A1"),
        lab(4, "INS", 20.0, "2020-02-01T08:10", "A2"),
    )
    for source in (homa(), swapped):
        table = records(source, *rows)
        assert table["COLLECTED"].tolist() == ["2020-01-01T08:00"]


def test_an_index_without_any_draw_has_no_record():
    made = make(homa(), lab(3, "INS", 10.0, "2020-01-01T08:10", "A1"))
    assert (len(made.table), len(made.sources)) == (0, 0)
    nothing = make(homa(), lab(3, "HGB", 10.0, "2020-01-01T08:10", "A1"))
    assert (len(nothing.table), len(nothing.sources)) == (0, 0)


def test_results_without_a_date_pair_by_accession_only():
    table = records(homa(), lab(2, "GLUC", 9.5, "", "A1"), lab(3, "INS", 10.0, "2020-01-01T08:10", "A1"))
    assert table["AVAL"].tolist() == [pytest.approx(95 / 22.5)]


def test_a_converted_limit_is_printed_without_the_noise_of_its_factor():
    """40 mg/dL over 18.0156 has sixteen digits that nobody printed; the number itself keeps them."""
    limit = 40 / 18.0156
    converted = one(
        measured(), lab(2, "GLUC", np.nan, "2020-01-01", CENSOR="<", LIMIT=limit, FACTOR="1/18.0156")
    )
    assert (converted.AVALC, converted.AVAL, converted.LLOQ) == ("<2.22", limit / 2, limit)
    reported = one(measured(), lab(2, "GLUC", np.nan, "2020-01-01", CENSOR="<", LIMIT=2.2203))
    assert reported.AVALC == "<2.2203"
