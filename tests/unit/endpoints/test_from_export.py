"""From the raw file to the analysis data: an export's visits, flags and specimens arrive where they decide."""

import pytest

from trial.endpoints.adlb import derive_endpoint
from trial.endpoints.collect import collect_adlb
from trial.endpoints.config_plan import CollectAdlbSpec, CollectedEndpoint
from unit.endpoints.build import ADSV, NOTHING_ASKED, SELECTION, adsl, measured, spec
from unit.labs.one_row import clean_rows, sections

INDEX = "2019-06-01"  # day 0; BL to day 0, M1 days 15 to 59, M3 days 60 to 134
VISITS = {
    "Screening": "SCR",
    "Baseline": "BL",
    "Week 4": "M1",
    "Week 12": "M3",
    "Unscheduled 1.1": "UNS",
    "Follow-up": "FU",
}
FLAG = "flag of the export"
ANALYTES = {"GLUC": ("Glucose", "mmol/L"), "CHOL": ("Cholesterol", "mmol/L"), "UREA": ("Ure", "mmol/L")}


def day(date, **cells):
    return {"collected": f"07:30 {date}"} | cells


def run(folder, *rows, codes=("GLUC",), selection=SELECTION, **entries):
    """Return ADLB and all questions of raw rows, from the file on."""
    cleaned = clean_rows(folder, *rows, visits=VISITS, **entries)
    labs = cleaned.labs.assign(USUBJID=cleaned.labs["USUBJID"].replace({"S-01": "S1", "S-02": "S2"}))
    subjects = adsl(INDEX, INDEX).assign(DISCDT="")
    plans = [
        spec(measured(code, fasting="any"), code, "mmol/L").model_copy(update={"selection": selection})
        for code in codes
    ]
    parts = [derive_endpoint(labs, subjects, ADSV, NOTHING_ASKED, plan) for plan in plans]
    named = tuple(
        CollectedEndpoint(paramcd=code, number=at, param=code, unit_label="mmol/L")
        for at, code in enumerate(codes, 1)
    )
    together = CollectAdlbSpec(endpoints=named, flags=("ENRLFL", "FASFL", "SAFFL"), population="SAFFL")
    data = collect_adlb(parts, subjects, together)
    asked = [*cleaned.queries["RULE"], *data.queries["RULE"]]
    return data.adlb, asked


def chosen(adlb):
    """Return visit and value of the records that are analysed."""
    mine = adlb[adlb["ANL01FL"] == "Y"]
    return dict(zip(mine["AVISIT"], mine["AVAL"], strict=True))


def test_a_label_that_contradicts_the_date_is_asked_about_once_per_draw(tmp_path):
    """The draw of week 12 was taken in the window of week 4, with three analytes."""
    tests = [{"analyte": name, "unit": unit} for name, unit in ANALYTES.values()]
    rows = [day("29/06/2019", visit="Week 4", **test) for test in tests]
    rows += [day("05/07/2019", visit="Week 12", result="7,5", **test) for test in tests]
    adlb, asked = run(tmp_path, *rows, codes=tuple(ANALYTES))
    assert asked == ["VISIT_CONTRADICTED"]
    assert chosen(adlb[adlb["PARAMCD"] == "GLUC"]) == {"M1": 9.5}
    follow, again = run(
        tmp_path, *rows, codes=tuple(ANALYTES), selection=SELECTION.model_copy(update={"visit": "export"})
    )
    assert again == ["VISIT_CONTRADICTED"]
    assert chosen(follow[follow["PARAMCD"] == "GLUC"]) == {"M1": 9.5, "M3": 7.5}


def test_scheduled_before_unscheduled_and_the_baseline_by_its_flag(tmp_path):
    """As published SDTM data do it: LBBLFL, and unscheduled repeats beside the planned visits."""
    rows = (
        day("20/05/2019", visit="Screening", result="8,0", baseline_flag="Y"),
        day("31/05/2019", visit="Unscheduled 1.1", result="9,0"),
        day("01/07/2019", visit="Unscheduled 1.1", result="7,0"),
        day("20/06/2019", visit="Week 4", result="6,0"),
    )
    assert chosen(run(tmp_path, *rows)[0]) == {"BL": 9.0, "M1": 7.0}
    plan = SELECTION.model_copy(update={"baseline": FLAG, "scheduled_first": True})
    adlb, asked = run(tmp_path, *rows, selection=plan)
    assert (chosen(adlb), asked) == ({"BL": 8.0, "M1": 6.0}, [])
    assert set(adlb["BASE"]) == {8.0}


def test_follow_up_after_the_last_window_is_kept_with_its_label_and_without_a_flood(tmp_path):
    rows = [
        day(f"{at:02d}/12/2019", visit="Follow-up", subject=f"001700000{1 + at % 2}") for at in range(1, 29)
    ]
    adlb, asked = run(tmp_path, *rows)
    assert (set(adlb["REASON"]), set(adlb["VISIT"]), asked) == ({"AFTER_WINDOWS"}, {"FU"}, [])
    unnamed = [row | {"visit": ""} for row in rows]
    adlb, asked = run(tmp_path, *unnamed)
    assert (len(adlb), asked) == (28, ["AFTER_WINDOWS"])


def test_outside_the_windows_a_draw_of_three_analytes_is_asked_about_once(tmp_path):
    rows = [day("05/06/2019", analyte=name, unit=unit) for name, unit in ANALYTES.values()]
    assert run(tmp_path, *rows, codes=tuple(ANALYTES))[1] == ["OUT_OF_WINDOW"]


@pytest.mark.parametrize(
    ("specimens", "asked"),
    [(("Urine", "Nước tiểu", "Dịch não tủy"), ["UNKNOWN_SPECIMEN"] * 3), (("Urine",) * 3, ["UNKNOWN_SPECIMEN"])],
)  # fmt: skip
def test_an_undeclared_specimen_reaches_no_endpoint_and_is_asked_about_once(tmp_path, specimens, asked):
    rows = [day(f"{at:02d}/07/2019", specimen=text) for at, text in enumerate(specimens, 1)]
    adlb, questions = run(tmp_path, *rows)
    assert (len(adlb), questions) == (0, asked)


def test_declared_urine_reaches_no_endpoint_of_blood(tmp_path):

    words = sections()["sources"]["lis_2019"]["words"]
    urine = words | {"specimen": words["specimen"] | {"Nước tiểu": "URINE"}}
    row = day("01/07/2019", specimen="Nước tiểu", result="15,6")
    assert run(tmp_path, row, words=urine)[1] == ["WRONG_SPECIMEN"]
    # Where the analyte is measured in urine too, an endpoint of blood still does not take it.
    analytes = sections()["analytes"]
    analytes = analytes | {"GLUC": analytes["GLUC"] | {"specimens": ["SERUM", "PLASMA", "BLOOD", "URINE"]}}
    adlb, asked = run(tmp_path, row, words=urine, analytes=analytes)
    assert (adlb["REASON"].tolist(), chosen(adlb)) == (["SPECIMEN_EXCLUDED"], {})
    assert asked == ["SPECIMEN_EXCLUDED"]
