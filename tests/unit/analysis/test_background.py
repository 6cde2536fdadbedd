"""Medical history, medicines and exposure counted by hand."""

import math

import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.methods import exposure, history, medicines
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, records, spec
from unit.analysis.test_doses import medicine
from unit.subjects.test_books import ROOT

SUBJECTS = ["ACT1", "ACT2", "REF1", "REF2", "REF3"]
ZERO = "2020-01-10"


def run(method, changes, tables, codes=("ACT", "REF"), **columns):
    """Return the values by (arm, visit, statistic), and the outcome, of members ACT1, ACT2, REF1, REF2."""
    name = method.__name__.rsplit(".", maxsplit=1)[-1]
    config = method.Config.model_validate(
        COMMON | {"method": name, "primary": False, "endpoints": None} | changes
    )
    subjects = [subject for subject in SUBJECTS if subject[:3] in codes]
    adsl = pd.DataFrame(
        {"USUBJID": subjects, "TRT01P": [one[:3] for one in subjects], "FASFL": "Y", "INDEXDT": ZERO,
         "TRTEMDT": "2020-01-09", "DISCDT": "", "WEIGHT": 50.0}
    ).assign(**columns)  # fmt: skip
    adsl.loc[adsl["USUBJID"] == "REF3", "FASFL"] = ""
    described = spec(codes=codes, name="X").model_copy(update={"endpoint": None})
    data = AnalysisData.of(described, config, adsl, records().iloc[:0], {}, tables=tables)
    outcome = method.run(data, config)
    rows = outcome.rows
    keys = zip(rows["group"], rows["visit"], rows["statistic"], strict=True)
    return dict(zip(keys, rows["value"], strict=True)), outcome


# --- medical history ---


def condition(subject, term="Gout", soc="Metabolism", ongoing="Y"):
    return {"USUBJID": subject, "MHBODSYS": soc, "MHDECOD": term, "MHONGO": ongoing}


def test_conditions_count_subjects_by_class_and_term_and_those_that_go_on_apart():
    rows = [
        condition("ACT1"), condition("ACT1", "Obesity", ongoing="N"), condition("REF1", ongoing="N"),
        condition("REF2", "", "", ""), condition("REF3"),
    ]  # fmt: skip
    found, outcome = run(history, {}, {"admh": pd.DataFrame(rows)})
    assert [found[arm, "", "any.subjects"] for arm in ("ACT", "REF", "")] == [1, 2, 3]
    assert [found[arm, "", "soc:Metabolism.subjects"] for arm in ("ACT", "REF", "")] == [1, 1, 2]
    assert [found[arm, "", "pt:Metabolism:Gout.subjects"] for arm in ("ACT", "REF")] == [1, 1]
    assert [found[arm, "", "pt:Metabolism:Gout.ongoing.subjects"] for arm in ("ACT", "REF")] == [1, 0]
    assert found["REF", "", "pt:Not_coded:Not_coded.pct"] == 50
    assert outcome.record["not_recorded"] == 1


def test_without_any_history_nothing_is_counted():
    found, outcome = run(history, {}, {"admh": pd.DataFrame(columns=list(condition("")))})
    assert found["", "", "any.subjects"] == 0 and len(outcome.record["levels"]) == 1


# --- medicines ---

CLASSES = [
    {"code": "INS", "label": "Insulin", "where": {"CMCLASS": ["insulin"]}},
    {"code": "BIG", "label": "Biguanides", "where": {"CMCLASS": ["biguanide"]}},
]
NO_VISITS = pd.DataFrame(columns=["USUBJID", "SVDT", "DONE"])
MEDICINES = {"classes": CLASSES, "dose": {"label": "insulin", "where": {"CMCLASS": ["insulin"]}, "unit": "U"}}


def medicated(rows, visits=NO_VISITS, **changes):
    return run(medicines, MEDICINES | changes, {"adcm": pd.DataFrame(rows), "adsv": visits})


@pytest.mark.parametrize(
    ("start", "end", "prior", "concomitant"),
    [
        ("2020-01-09", "2020-01-09", 1, 0), ("2020-01-09", "2020-01-10", 1, 1), ("2020-01-10", "", 0, 1),
        ("2012-01", "", 1, 1), ("2020-01", "", 1, 1), ("2020-02", "", 0, 1), ("2019", "2020", 1, 1),
        ("2019", "2019", 1, 0), ("", "", 1, 1),
    ],
)  # fmt: skip
def test_prior_starts_before_day_0_and_concomitant_is_taken_from_it_on(start, end, prior, concomitant):
    """Day 0 is 10 January; of a date known in part, what may have been counts."""
    found, _ = medicated([medicine(500, start, end, USUBJID="ACT1", CMCLASS="biguanide", CMTRT="Metformin")])
    for period, expected in (("prior", prior), ("concomitant", concomitant)):
        keys = ("any", "class:BIG", "medicine:BIG:metformin")
        assert [found["ACT", "", f"{period}.{key}.subjects"] for key in keys] == [expected] * 3
    assert found["", "", "concomitant.class:INS.subjects"] == 0


def test_a_medicine_under_two_spellings_and_one_of_another_class():
    rows = [
        medicine(1, "2019", USUBJID="ACT1", CMCLASS="biguanide", CMTRT="metformin"),
        medicine(1, "2019", USUBJID="ACT1", CMCLASS="biguanide", CMTRT="METFORMIN "),
        medicine(1, "2019", USUBJID="REF1", CMCLASS="statin"),
        medicine(1, "2019", USUBJID="REF3", CMCLASS="hormone"),
    ]
    found, outcome = medicated(rows)
    assert found["ACT", "", "prior.medicine:BIG:metformin.subjects"] == 1
    assert found["REF", "", "prior.any.subjects"] == 0
    assert outcome.record["others"] == ["statin"]


def test_the_dose_at_a_visit_is_that_of_its_day_and_percentages_are_of_those_with_a_visit():
    """Month 1 is 9 February, its window from day 15 to 59; ACT1 was there on days 20 and 40, both 10 away."""
    rows = [
        medicine(10, "2020-01-20", USUBJID="ACT1"), medicine(14, "2020-02-15", USUBJID="ACT1"),
        medicine(5, "2020-03-20", USUBJID="ACT2"), medicine(math.nan, "2020-01-20", USUBJID="REF1"),
    ]  # fmt: skip
    visits = pd.DataFrame(
        [("ACT1", "2020-01-05", "Y"), ("ACT1", "2020-01-08", "Y"), ("ACT1", "2020-01-30", "Y"),
         ("ACT1", "2020-02-19", "Y"), ("ACT2", "2020-02-09", "Y"), ("REF1", "2020-02-09", "Y"),
         ("REF2", "2020-02-09", "N")],
        columns=["USUBJID", "SVDT", "DONE"],
    )  # fmt: skip
    found, _ = medicated(rows, visits)
    at = {name: found["ACT", "M1", f"dose.{name}"] for name in ("visit.subjects", "visit.pct", "users.subjects",
          "users.pct", "value.n", "value.mean", "value.median")}  # fmt: skip
    assert at == {
        "visit.subjects": 2, "visit.pct": 100, "users.subjects": 1, "users.pct": 50, "value.n": 1, "value.mean": 14,
        "value.median": 14,
    }  # fmt: skip
    assert [found["REF", "M1", f"dose.{name}.subjects"] for name in ("visit", "users", "unknown")] == [
        1,
        0,
        1,
    ]
    assert [found["ACT", "BL", f"dose.{name}.subjects"] for name in ("visit", "users")] == [1, 0]
    assert found["ACT", "M3", "dose.visit.subjects"] == 0 and math.isnan(found["ACT", "M3", "dose.users.pct"])


def test_without_medicines_or_a_dose_nothing_is_described():
    found, outcome = medicated(pd.DataFrame(columns=list(medicine(1, ""))), dose=None)
    assert found["", "", "prior.any.subjects"] == 0
    assert not any(statistic.startswith("dose") for _, _, statistic in found)
    assert outcome.record["dose"] is None


# --- exposure ---

PRODUCTS = [
    {"code": "A", "label": "Marrow", "where": {"EXTRT": ["marrow"]}, "decimals": 0},
    {"code": "B", "label": "Cord", "where": {"EXTRT": ["cord"]}, "decimals": 1},
]


def infusion(subject, product="Marrow", dose=100.0, **changes):
    usual = {
        "EXDOSE": dose,
        "EXDOSU": "10^6 cells",
        "EXVIAB": 90.0,
        "EXROUTE": "iv",
        "EXLOT": "",
        "EXINT": "N",
    }
    return {"USUBJID": subject, "EXTRT": product} | usual | changes


def exposed(rows, visits=NO_VISITS, events=(), codes=("ACT", "REF"), **columns):
    tables = {
        "adex": pd.DataFrame(list(rows), columns=list(infusion(""))),
        "adsv": visits,
        "adae": pd.DataFrame(list(events), columns=["USUBJID", "ASTDT", "TRTEMFL"]),
    }
    return run(exposure, {"products": PRODUCTS, "unit": "10^6 cells"}, tables, codes, **columns)


def test_doses_are_summed_by_subject_and_given_per_kg():
    """ACT1 (50 kg) had marrow twice, ACT2 once: 300 and 50 in all, 6 and 1 per kg."""
    rows = [
        infusion("ACT1"),
        infusion("ACT1", dose=200.0, EXVIAB=80.0, EXINT="Y"),
        infusion("ACT2", dose=50.0),
    ]
    found, _ = exposed([*rows, infusion("REF3")])
    of = {name: found["ACT", "", f"product:A.{name}"] for name in ("subjects", "events", "dose.n", "dose.mean",
          "dose.min", "dosekg.max", "viability.n", "viability.median", "interrupted.subjects")}  # fmt: skip
    assert of == {
        "subjects": 2, "events": 3, "dose.n": 2, "dose.mean": 175, "dose.min": 50, "dosekg.max": 6, "viability.n": 3,
        "viability.median": 90, "interrupted.subjects": 1,
    }  # fmt: skip
    assert found["ACT", "", "product:A.dose.sd"] == pytest.approx(math.sqrt(2 * 125**2))
    assert found["REF", "", "any.subjects"] == found["", "", "product:B.subjects"] == 0
    assert math.isnan(found["REF", "", "product:A.dose.mean"])


def test_a_dose_that_is_not_known_makes_no_sum():
    rows = [
        infusion("ACT1"),
        infusion("ACT1", dose=math.nan),
        infusion("ACT2", EXDOSU="mL"),
        infusion("ACT2", "Oil"),
    ]
    found, outcome = exposed(rows)
    assert found["ACT", "", "product:A.subjects"] == 2 and found["ACT", "", "product:A.dose.n"] == 0
    assert outcome.record["without_dose"] == 2 and outcome.record["others"] == ["Oil"]


def test_routes_are_those_that_occur_and_one_that_is_missing_says_so():
    found, outcome = exposed([infusion("ACT1"), infusion("ACT2", EXROUTE="")])
    assert outcome.record["products"][0]["routes"] == {"unknown": "not recorded", "iv": "iv"}
    assert (
        found["ACT", "", "product:A.route:iv.subjects"]
        == found["ACT", "", "product:A.route:unknown.subjects"]
        == 1
    )


def test_routes_of_one_name_in_two_spellings_are_one():
    found, outcome = exposed([infusion("ACT1", EXROUTE="IV"), infusion("ACT2", EXROUTE="iv ")])
    assert list(outcome.record["products"][0]["routes"]) == ["iv"]
    assert found["ACT", "", "product:A.route:iv.subjects"] == 2


def test_follow_up_is_the_time_at_risk_of_adverse_events():
    """From 9 January to the last day known, both counted: discontinuation, a visit done, or an emergent event."""
    visits = pd.DataFrame(
        [("ACT1", "2020-01-18", "Y"), ("ACT1", "2020-03-01", "N"), ("REF1", "2020-01-09", "Y")],
        columns=["USUBJID", "SVDT", "DONE"],
    )
    events = [("REF1", "2020-01-28", "Y"), ("REF1", "2020-02-28", "")]
    found, _ = exposed([], visits, events, DISCDT=["", "2020-01-13", "", "", ""])
    assert [found["ACT", "", f"followup.{name}"] for name in ("n", "min", "max")] == [2, 5, 10]
    assert [found["REF", "", f"followup.{name}"] for name in ("n", "min", "max")] == [2, 0, 20]
    assert found["", "", "followup.years"] == pytest.approx((10 + 5 + 20) / 365.25)


def test_a_study_of_one_arm_has_its_exposure():
    found, _ = exposed([infusion("ACT1")], codes=("ACT",))
    assert found["ACT", "", "any.pct"] == found["", "", "any.pct"] == 50


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("EXPOSURE", {"products": [PRODUCTS[0]] * 2}, "products.code: 'A' stands 2 times"),
        (
            "EXPOSURE",
            {"products": [PRODUCTS[0] | {"where": {"EXDOSE": ["1"]}}]},
            "products.A.where: 'EXDOSE' is not",
        ),
        (
            "MEDICINES",
            {"classes": [CLASSES[0] | {"where": {"CMCLAS": ["x"]}}]},
            "where: 'CMCLAS' is not one of",
        ),
        ("MEDICINES", {"classes": [CLASSES[0]] * 2}, "classes.code: 'INS' stands 2 times"),
    ],
)
def test_what_the_configuration_contradicts_is_told(name, changes, told):
    content = read_yaml(ROOT / "config.yaml")
    content["analyses"][name] |= changes
    with pytest.raises(ConfigError) as error:
        load_study(content)
    assert told in error.value.text()
