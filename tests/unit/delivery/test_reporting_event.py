"""The results as a reporting event of CDISC ARS: the shape of the model, every value once, nothing dangling."""

import json

import pytest

from trial.delivery.parts import split_statistic
from trial.delivery.reading import read_output, read_results
from trial.delivery.reporting_event import reporting_event
from trial.study.files import compact_json
from unit.delivery import ars_model
from unit.delivery.finished_study import LOCK, spec, write_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"))


def rows_of(folder):
    return [row for same in read_results(folder / "ard.csv").values() for row in same]


def written(folder):
    found = spec()
    outputs = [read_output(output, folder) for output in found.outputs]
    return compact_json(reporting_event(found, rows_of(folder), outputs, LOCK))


@pytest.fixture(scope="module")
def event(folder):
    return ars_model.ReportingEvent.model_validate_json(written(folder))


def test_every_value_of_the_results_stands_once_to_the_last_digit(folder, event):
    found = ars_model.raw_values(event)
    rows = rows_of(folder)
    assert sorted(found) == sorted(row.id for row in rows)
    for row in rows:
        (one,) = found[row.id]
        assert (one.raw_value or "") == row.raw
        assert one.raw_value is None or float(one.raw_value) == row.value


def test_ids_are_unique_and_every_reference_resolves(event):
    ids = ars_model.identified(event)
    assert len(ids) == len(set(ids))
    assert ars_model.dangling(event) == []


def test_formatted_values_are_the_texts_as_printed(event):
    found = {key: one.formatted_value for key, (one,) in ars_model.raw_values(event).items()}
    assert found["GLUC.PRIMARY.M6.A.lsmean"] == "−1.23"
    assert found["GLUC.PRIMARY.M6.A.lsmean.se"] == "0.123"
    assert found["GLUC.PRIMARY.M6.A-B.diff.pvalue"] == "<0.0001"
    assert found["GLUC.PRIMARY.M3.A-B.diff"] == "NE"
    assert found["all.EVENTS.all.A.any.subjects"] == "2"
    assert found["all.EVENTS.all.A.any.pct"] == "25.0%"
    assert found["all.EVENTS.all.all.any.events"] == "3"


def test_of_two_outputs_that_print_a_result_its_own_gives_the_text(tmp_path):
    folder = write_study(tmp_path)
    page = folder / "tables" / "t14-2-1-2.csv"
    page.write_text(page.read_text(encoding="utf-8").replace("−0.73", "−0.734"), encoding="utf-8")
    event = ars_model.ReportingEvent.model_validate_json(written(folder))
    assert ars_model.raw_values(event)["GLUC.PRIMARY.M6.A-B.diff"][0].formatted_value == "−0.734"


def test_the_same_results_give_the_same_bytes(folder):
    assert written(folder) == written(folder)


def test_sets_groups_and_contents_say_the_study(event):
    (population,) = event.analysis_sets
    assert population.condition.model_dump() == {
        "dataset": "ADSL", "variable": "FASFL", "comparator": "EQ", "value": ["Y"],
    }  # fmt: skip
    groups = {one.id: [group.name for group in one.groups] for one in event.analysis_groupings}
    assert groups["TRT01P"] == ["Cells", "Usual"]
    assert groups["VISIT"] == ["Baseline", "Month 3", "Month 6"]
    assert groups["COMPARISON"] == ["Cells minus Usual"]
    sections = [item.name for item in event.main_list_of_contents.contents_list.list_items]
    assert sections == ["ICH E3 section 14.2", "ICH E3 section 14.3", "ICH E3 section 16.2"]
    purposes = {one.id: one.purpose.controlled_term for one in event.analyses}
    assert purposes["PRIMARY/GLUC/mmrm-us"] == "PRIMARY OUTCOME MEASURE"
    assert purposes["EVENTS/study/count"] == "EXPLORATORY OUTCOME MEASURE"


def test_the_primary_analysis_of_another_endpoint_is_of_a_secondary_outcome(folder):
    found = spec()
    outputs = [read_output(output, folder) for output in found.outputs]
    for endpoints, purpose in (
        (("OTHER",), "SECONDARY OUTCOME MEASURE"),
        (("GLUC",), "PRIMARY OUTCOME MEASURE"),
    ):
        named = found.model_copy(update={"primary_endpoints": endpoints})
        event = reporting_event(named, rows_of(folder), outputs, LOCK)
        purposes = {one["id"]: one["purpose"]["controlledTerm"] for one in event["analyses"]}
        assert purposes["PRIMARY/GLUC/mmrm-us"] == purpose


def test_the_model_of_the_test_refuses_what_the_standard_does_not_know(folder):
    content = json.loads(written(folder))
    content["analyses"][0]["results"][0]["degreesOfFreedom"] = "12"
    with pytest.raises(ValueError, match="degreesOfFreedom"):
        ars_model.ReportingEvent.model_validate_json(json.dumps(content))


@pytest.mark.parametrize(
    ("statistic", "parts"),
    [
        ("lsmean.se", ("", "lsmean.se")),
        ("AVAL.mean", ("AVAL", "mean")),
        ("rd.newcombe.lower", ("", "rd.newcombe.lower")),
        ("BELOW7.observed.rd.newcombe.lower", ("BELOW7.observed", "rd.newcombe.lower")),
        ("pt:Infections:E._coli.subjects", ("pt:Infections:E._coli", "subjects")),
        ("grid.10.2.pvalue", ("grid.10.2", "pvalue")),
        ("decimals", ("", "decimals")),
    ],
)
def test_a_statistic_is_an_operation_on_something(statistic, parts):
    assert split_statistic(statistic) == parts
