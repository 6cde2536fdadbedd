"""The sections of the endpoints: checked against each other, and what each rule's slice stands on."""

from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from trial.endpoints.config import EndpointSections, check, slices
from trial.labs.config import BLOOD, Source
from trial.study.files import json_text
from trial.study.load import read_yaml

ROOT = Path(__file__).resolve().parents[3]
HOMA2 = {
    "calculator": "v2.2.4", "glucose": "GLUC", "partner": "INS", "partner_kind": "specific insulin",
    "insulin_factor": 6.0, "fasting": "any", "specimens": ["SERUM", "PLASMA"], "results": None,
    "ranges": {"glucose": [3.5, 25.0], "partner": [20, 300]},
}  # fmt: skip


@pytest.fixture
def content():
    return deepcopy(read_yaml(ROOT / "tests" / "studies" / "mini" / "config.yaml"))


def study(content):
    """Return the sections of this room with what they need of the others."""
    sections = EndpointSections.model_validate(
        {key: content[key] for key in EndpointSections.model_fields if key in content}
    )
    analytes = {
        code: SimpleNamespace(
            unit=analyte["unit"], kind=analyte["kind"], specimens=analyte.get("specimens", BLOOD)
        )
        for code, analyte in content["analytes"].items()
    }
    others = {
        "analytes": analytes,
        "sources": {name: Source.model_validate(source) for name, source in content["sources"].items()},
        "populations": content["populations"],
        "analyses": {
            "OBSERVED": SimpleNamespace(primary=False, population="SAFFL"),
            "PRIMARY": SimpleNamespace(primary=True, population="FASFL"),
        },
    }
    return SimpleNamespace(**{key: getattr(sections, key) for key in EndpointSections.model_fields}, **others)


def test_the_committed_sections_do_not_contradict_each_other(content):
    assert check(study(content)) == []
    assert check(study(content | {"homa2": HOMA2})) == []


CONTRADICTIONS = [
    (lambda c: c["visits"][1].update(code="BL"), "visits.code: 'BL' stands 2 times"),
    (lambda c: c["visits"][1].update(window=[-5, 59]), "overlap"),
    (lambda c: c["visits"][1].update(number=5), "visits.number: must rise"),
    (lambda c: c["visits"][0].update(baseline=False), "exactly one visit is the baseline"),
    (lambda c: c["visits"][0].update(window=[-28, 1]), "must end on or before day 0"),
    (lambda c: c.update(visits=c["visits"][:1]), "visits: a change needs a visit after baseline, found none"),
    (lambda c: c["endpoints"]["HBA1C"].update(primary_visit="BL"),
     "endpoints.HBA1C.primary_visit: 'BL' is not one of V1, V2"),
    (lambda c: c["endpoints"]["HOMAIR"].update(number=1), "endpoints.number: '1' stands 2 times"),
    (lambda c: c["endpoints"]["HBA1C"]["source"].update(analyte="HBA1"), "did you mean 'HBA1C'?"),
    (lambda c: c["analytes"]["HBA1C"].update(kind="qualitative"), "HBA1C is qualitative, an endpoint needs numbers"),
    (lambda c: c["endpoints"]["HBA1C"].update(unit="mmol/mol"), "but analytes.HBA1C.unit is '%'"),
    (lambda c: c["endpoints"]["HOMAIR"].update(unit="%"), "endpoints.HOMAIR.unit: '%', but HOMA1_IR has the unit '1'"),
    (lambda c: c["endpoints"]["HOMAIR"]["source"].update(index="HOMA_IR"), "is not one of HOMA1_IR"),
    (lambda c: c["endpoints"]["HOMAIR"]["source"]["inputs"].pop("insulin"), "HOMA1_IR needs ['glucose', 'insulin']"),
    (lambda c: c["endpoints"]["HBA1C"]["source"].update(specimens=["BLOOD", "URINE"]),
     "endpoints.HBA1C.source.specimens: HBA1C is not measured in 'URINE', but in SERUM, PLASMA, BLOOD, CAPILLARY"),
    (lambda c: (c["analytes"]["INS"].update(specimens=["SERUM"]), c["endpoints"]["HOMAIR"]["source"].update(specimens=["BLOOD"])),
     "endpoints.HOMAIR.source.specimens: none of them is one that INS is measured in (SERUM)"),
    (lambda c: c.update(homa2=HOMA2 | {"specimens": ["CSF"]}), "homa2.specimens: GLUC or INS is not measured in 'CSF', but in"),
    (lambda c: c["analytes"]["GLUC"].update(unit="%"), "HOMA1_IR needs 'mmol/L', but analytes.GLUC.unit is '%'"),
    (lambda c: c["indices"].update(homa_b_undefined_at=4.5), "must not lie below homa_b_undefined_at"),
    (lambda c: c.update(indices=None), "indices: null, but endpoints.HOMAIR.source.index needs their rules"),
    (lambda c: c.update(indices=None, homa2=HOMA2), "indices: null, but homa2 pairs its draws by their rules"),
    (lambda c: c["below_limit"].update(describe_only_above_pct=5), "must not lie below warn_above_pct"),
    (lambda c: c.update(homa2=HOMA2 | {"partner": "INSU"}), "homa2.partner: 'INSU' is not one of HBA1C"),
    (lambda c: c.update(homa2=HOMA2 | {"glucose": "HBA1C"}), "homa2.glucose: HOMA2 needs 'mmol/L', but"),
    (lambda c: c.update(homa2=HOMA2 | {"partner_kind": "c-peptide", "insulin_factor": None}),
     "homa2.partner: HOMA2 needs 'ng/mL', but analytes.INS.unit is 'u[IU]/mL'"),
]  # fmt: skip


def source_of(content):
    return next(iter(content["sources"].values()))


def named(content, **visits):
    """Let the export name visits."""
    source_of(content)["columns"]["visit"] = "VISIT"
    source_of(content)["visits"] = visits


CONTRADICTIONS += [
    (lambda c: named(c, **{"Week 4": "V1", "Week 12": "W2"}), ": visit: 'W2' is not one of BL, V1, V2"),
    (lambda c: c.update(other_visits={"V1": "Unscheduled"}), "other_visits: 'V1' is one of visits"),
    (lambda c: c["selection"].update(visit="export"), "selection.visit: no source gives the role 'visit'"),
    (lambda c: c["selection"].update(scheduled_first=True), "selection.scheduled_first: no source gives the role 'visit'"),
    (lambda c: c["selection"].update(baseline="flag of the export"),
     "selection.baseline: no source gives the role 'baseline_flag'"),
    (lambda c: c["endpoints"]["HBA1C"].update(selection=c["selection"] | {"after_baseline": "flag of the export"}),
     "endpoints.HBA1C.selection.after_baseline: no source gives the role 'analysis_flag'"),
]  # fmt: skip


def test_visits_and_flags_that_an_export_gives_can_be_followed(content):
    named(content, **{"Week 4": "V1", "Unscheduled 1.1": "UNS"})
    source_of(content)["columns"] |= {"baseline_flag": "LBBLFL", "analysis_flag": "ANL01FL"}
    flags = {"baseline": "flag of the export", "after_baseline": "flag of the export"}
    content["selection"] |= flags | {"visit": "export", "scheduled_first": True}
    content["other_visits"] = {"UNS": "Unscheduled"}
    assert check(study(content)) == []


@pytest.mark.parametrize(("change", "line"), CONTRADICTIONS, ids=[line for _, line in CONTRADICTIONS])
def test_sections_that_contradict_each_other(content, change, line):
    change(content)
    assert line in "\n".join(check(study(content)))


def test_a_window_without_its_target_day(content):
    content["visits"][1]["target_day"] = 99
    with pytest.raises(ValidationError, match="target_day 99 is outside the window"):
        study(content)


def texts(content):
    found = {name: json_text(spec.model_dump(mode="json")) for name, spec in slices(study(content))}
    for name, spec in slices(study(content)):
        assert type(spec).model_validate_json(found[name]) == spec
    return found


def changed(content, change):
    """Return the names of the slices that a change of the configuration changes."""
    before = texts(content)
    change(content)
    after = texts(content)
    assert set(before) == set(after)
    return {name for name in before if before[name] != after[name]}


CHANGES = [
    # What is printed, analysed or counted later derives no record again.
    (lambda c: c["endpoints"]["HBA1C"].update(label="Haemoglobin A1c"), {"collect_adlb"}),
    (lambda c: c["endpoints"]["HBA1C"].update(unit_label="percent"), {"collect_adlb"}),
    (lambda c: c["endpoints"]["HBA1C"].update(decimals=2, scale="log", benefit="higher", primary_visit="V1"), set()),
    (lambda c: c["visits"][1].update(label="Month 1"), set()),
    (lambda c: c.update(endpoints=dict(reversed(c["endpoints"].items()))), set()),
    (lambda c: c["populations"]["FASFL"].update(label="All"), set()),
    # What makes the records of one endpoint derives that one.
    (lambda c: c["endpoints"]["HBA1C"]["source"].update(fasting="required"), {"derive_endpoint.HBA1C"}),
    (lambda c: c["visits"][1].update(window=[9, 59]), {"derive_endpoint.HBA1C", "derive_endpoint.HOMAIR"}),
    (lambda c: c["endpoints"]["HBA1C"].update(selection=c["selection"] | {"tie": "earlier"}), {"derive_endpoint.HBA1C"}),
    (lambda c: c["indices"].update(pairing_minutes=20), {"derive_endpoint.HOMAIR", "homa2"}),
    (lambda c: c.update(fasting_hours=None), {"derive_endpoint.HBA1C", "derive_endpoint.HOMAIR", "homa2"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "names"), CHANGES, ids=range(len(CHANGES)))
def test_a_change_reaches_the_rules_that_stand_on_it_and_no_other(content, change, names):
    assert changed(content | {"homa2": HOMA2}, change) == names


def test_slices_are_one_per_endpoint_and_homa2_only_where_it_is_asked_for(content):
    assert set(texts(content)) == {"derive_endpoint.HBA1C", "derive_endpoint.HOMAIR", "collect_adlb"}
    assert "homa2" in texts(content | {"homa2": HOMA2})


def test_missing_values_are_asked_of_the_population_of_the_primary_analysis(content):
    (spec,) = [spec for name, spec in slices(study(content)) if name == "collect_adlb"]
    assert spec.population == "FASFL"
    assert [endpoint.param for endpoint in spec.endpoints] == ["HbA1c (%)", "HOMA1-IR"]
