"""The catalogue: what its rows stand for, what each output is told, and what is refused in which words."""

import copy
from pathlib import Path

import pytest

from trial.display.config import Template, shown_outputs
from trial.display.contents import e3_section, section_name, setting_text
from trial.display.registry import NAMES, TEMPLATES
from trial.display.wording import population_line
from trial.plan.code import Closures
from trial.plan.jobs import output_jobs
from trial.plan.load import load_study
from trial.plan.slices import slice_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from trial.subjects.schema import ADAE

CONTENT = read_yaml(Path(__file__).parents[2] / "studies" / "three_arm" / "config.yaml")


def configured(change=None):
    """Return the content of a small study's configuration, changed."""
    content = copy.deepcopy(CONTENT)
    if change:
        change(content)
    return content


def study(change=None):
    return load_study(configured(change))


def row(content, template):
    """Return the catalogue row of a template."""
    return next(row for row in content["outputs"] if row["template"] == template)


def edit(template, /, **changes):
    """Return a change of one catalogue row."""
    return lambda content: row(content, template).update(changes)


def refusal(change):
    with pytest.raises(ConfigError) as caught:
        study(change)
    return caught.value.text()


def test_a_row_of_a_per_endpoint_template_is_one_output_of_each_endpoint():
    found = study()
    ids = [shown.id for shown in shown_outputs(found) if shown.row.template == "model_table"]
    assert ids == [f"t14-2-{endpoint.number}-2" for endpoint in found.endpoints.values()]
    wide = [shown for shown in shown_outputs(found) if shown.row.template == "forest"]
    assert [(shown.id, shown.endpoint) for shown in wide] == [("f14-2-0-1", None)]


def test_ids_do_not_move_when_endpoints_are_turned_or_dropped():
    def turn(content):
        content["endpoints"] = dict(reversed(content["endpoints"].items()))

    def drop(content):
        content["endpoints"].pop(next(iter(content["endpoints"])))

    before = {shown.endpoint: shown.id for shown in shown_outputs(study()) if shown.endpoint}
    for change in (turn, drop):
        after = {shown.endpoint: shown.id for shown in shown_outputs(study(change)) if shown.endpoint}
        assert after.items() <= before.items()


def test_an_output_is_told_of_its_own_endpoint_only():
    found = study()
    slices = slice_study(found)
    for shown in shown_outputs(found):
        told = slices[f"output.{shown.id}"]
        assert told.id == shown.id
        codes = [endpoint.paramcd for endpoint in told.endpoints]
        if shown.endpoint:
            assert codes == [shown.endpoint]
        else:
            assert codes == (list(found.endpoints) if shown.row.analyses else [])


def changed_slices(change):
    before, after = slice_study(study()), slice_study(study(change))
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_a_footnote_or_title_changes_its_own_slice_only():
    assert changed_slices(edit("forest", footnotes=["A note."])) == {"output.f14-2-0-1"}
    assert changed_slices(edit("key_results", title="Main results")) == {"output.t14-2-0-1"}


def test_an_analysis_that_no_output_shows_changes_the_methods_page_and_no_output():
    def add(content):
        content["analyses"]["SENS"] = content["analyses"]["PRIMARY"] | {"primary": False}

    assert {name for name in changed_slices(add) if name.startswith(("output.", "report"))} == {"report"}


def test_a_primary_visit_redraws_and_computes_nothing():
    def other(content):
        code = next(iter(content["endpoints"]))
        visits = [visit["code"] for visit in content["visits"] if not visit["baseline"]]
        others = [visit for visit in visits if visit != content["endpoints"][code]["primary_visit"]]
        content["endpoints"][code]["primary_visit"] = others[0]

    changed = changed_slices(other)
    assert changed
    assert all(name.startswith("output.") for name in changed)


def test_the_report_links_books_to_the_outputs_that_show_them_whatever_their_template_is_called():
    shows = slice_study(study())["report"].shows
    assert (shows["queries"], shows["accounting"], shows["quality"]) == (
        "l16-2-9-1",
        "l16-2-9-2",
        "l16-2-9-3",
    )

    def without(content):
        content["outputs"] = [row for row in content["outputs"] if row["template"] != "queries_listing"]

    assert "queries" not in slice_study(study(without))["report"].shows


def test_an_output_stands_on_the_analyses_of_the_endpoints_that_it_shows():
    code = next(iter(CONTENT["endpoints"]))
    job = output_jobs(study(edit("forest", endpoints=[code])))["f14-2-0-1"]
    assert [(role, part.place) for role, part in job.rows] == [("model", code)]


def test_an_analysis_that_is_not_the_primary_one_is_named_in_its_outputs():
    def sensitivity(content):
        primary = content["analyses"]["PRIMARY"]
        content["analyses"]["SENS"] = primary | {"primary": False, "label": "Without rescue"}
        row(content, "model_table")["analyses"]["model"] = ["SENS"]

    slices = slice_study(study(sensitivity))
    named, usual = (population_line(slices[f"output.{name}"]) for name in ("t14-2-1-2", "t14-2-0-1"))
    assert named == f"{usual}. Analysis: Without rescue"
    assert usual.startswith("Population: ") and "Analysis" not in usual


def test_the_convention_of_p_values_reaches_every_output_and_the_report():
    def journal(content):
        content["printing"]["p_values"] = "journal3"

    slices = slice_study(study(journal))
    found = {name: told.p_values for name, told in slices.items() if name.startswith("output.")}
    assert set(found.values()) == {"journal3"}
    assert len(found) == len(list(shown_outputs(study())))
    tests = next(note for note in slices["report"].reading if note.topic == "Tests and intervals")
    assert any("<0.001" in line for line in tests.lines)


def test_the_studys_own_title_names_the_endpoint():
    slices = slice_study(study(edit("model_table", title="Primary analysis of {endpoint}")))
    found = study()
    for code, endpoint in found.endpoints.items():
        told = slices[f"output.t14-2-{endpoint.number}-2"]
        assert told.endpoint == code
        assert told.title.startswith(f"Primary analysis of {endpoint.label}")


def test_the_report_has_its_outputs_by_section_of_e3_and_there_by_endpoint():
    found = study()
    report = slice_study(found)["report"]
    numbers = [section.number for section in report.sections]
    assert numbers == sorted(numbers, key=lambda text: [int(part) for part in text.split(".")])
    by_number = {section.number: section for section in report.sections}
    assert by_number["14.2"].name == "Efficacy data"
    headings = [group.heading for group in by_number["14.2"].groups]
    assert headings[0] == ""
    assert len(headings) == len(found.endpoints) + 1
    assert [output.id for output in by_number["14.2"].groups[0].outputs][:2] == ["t14-2-0-1", "f14-2-0-1"]
    listed = [output.id for section in report.sections for output in section.outputs]
    assert sorted(listed) == sorted(shown.id for shown in shown_outputs(found))


@pytest.mark.parametrize(
    ("declared", "output", "number", "name"),
    [
        ("14.3", "t14-3-1-2", "14.3.1", "Displays of adverse events"),
        ("16.2", "l16-2-8", "16.2.8", "Individual laboratory measurements by patient"),
        ("14.2", "t14-2-1-2", "14.2", "Efficacy data"),
        (
            "14.1",
            "t14-3-1-2",
            "14.1",
            "Demographic data",
        ),  # the number of an output does not outweigh its row
        ("14.3", "t14-31-1", "14.3", "Safety data"),
        ("12.2.4", "l16-2-9-1", "12.2.4", "Adverse events"),
        ("9.7", "l16-2-9-1", "9.7", "section of ICH E3"),
    ],
)
def test_an_output_stands_in_its_section_of_e3(declared, output, number, name):
    assert e3_section(declared, output) == number
    assert section_name(number) == name


def test_an_output_of_the_report_names_its_analyses_and_their_estimands():
    found = study()
    report = slice_study(found)["report"]
    outputs = {output.id: output for section in report.sections for output in section.outputs}
    primary = found.analyses["PRIMARY"]
    assert outputs["t14-2-1-2"].analyses[0] == primary.label
    assert found.estimands[primary.estimand].label in outputs["t14-2-1-2"].estimands
    assert outputs["l16-2-9-1"].analyses == outputs["l16-2-9-1"].estimands == ()


def test_the_report_is_told_every_analysis_with_its_settings():
    found = study()
    report = slice_study(found)["report"]
    assert [one.id for one in report.analyses] == list(found.analyses)
    told = {one.id: one for one in report.analyses}
    assert dict(told["PRIMARY"].settings)["df_method"] == found.analyses["PRIMARY"].df_method
    assert [code for code, _ in told["PRIMARY"].places] == list(found.endpoints)
    assert told["POPULATION"].places == (("study", "the whole study"),)


def test_settings_are_words():
    assert setting_text({"a": None, "b": [True, {"c": 1, "d": []}], "e": 0.95}) == (
        "a: none; b: yes, (c: 1; d: none); e: 0.95"
    )


def test_the_estimands_of_the_report_are_those_of_the_analyses_shown():
    report = slice_study(study())["report"]
    (estimand,) = report.estimands
    assert estimand.analyses == (study().analyses["PRIMARY"].label,)


def test_the_slice_says_what_an_analysis_is_adjusted_for():
    found = study()
    (model,) = slice_study(found)["output.f14-2-0-1"].roles["model"]
    assert [c.variable for c in found.analyses["PRIMARY"].covariates] == ["BASE"]
    assert model.covariates == ("baseline",)
    assert model.level == found.analyses["PRIMARY"].level


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            edit("forest", template="forrest"),
            ["outputs.f14-2-0-1.template: 'forrest' is not one of key_results, forest,", "did you mean 'forest'?"],
        ),
        (
            edit("forest", analyses={"model": ["PRIMRY"]}),
            ["outputs.f14-2-0-1.analyses.model: 'PRIMRY' is not one of PRIMARY, OBSERVED, POPULATION"],
        ),
        (
            edit("forest", analyses={"modell": ["PRIMARY"]}),
            [
                "outputs.f14-2-0-1.analyses: 'modell' is not one of model; did you mean 'model'?",
                "forest needs the roles model; model is missing",
            ],
        ),
        (
            edit("individual_changes", analyses={"observed": ["OBSERVED"]}),
            ["individual_changes needs the roles observed, counts; counts is missing"],
        ),
        (edit("queries_listing", analyses={"model": ["PRIMARY"]}), ["'model' is not one of (none declared)"]),
        (edit("model_table", endpoints=["NONE"]), [".endpoints: 'NONE' is not one of"]),
        (edit("model_table", endpoints=None), ["model_table makes one output per endpoint; expected all or a list"]),
        (edit("queries_listing", endpoints="all"), ["queries_listing shows no endpoints; expected null"]),
        (edit("model_table", id="t14-2-1-2"), ["model_table makes one output per endpoint; the id must hold {number}"]),
        (edit("forest", id="f14-2-{number}-9"), ["forest makes one output of the study; its id cannot hold {number}"]),
        (edit("forest", id="t14-2-0-9"), ["the id of a figure begins with f"]),
        (edit("forest", id="F14.2"), ["expected t, l or f (table, listing, figure)"]),
        (edit("forest", e3="fourteen"), ["expected a section of ICH E3 in quotes, such as '14.2'"]),
        (edit("spaghetti", id="f14-2-{number}-1"), ["outputs.id: 'f14-2-1-1' stands 2 times"]),
        (edit("model_table", title="All alike"), ["one title for several endpoints must hold {endpoint}"]),
        (edit("forest", title="Forest of {endpoint}"), ["forest makes one output of the study; no {endpoint} to fill"]),
        (
            edit("model_table", analyses={"model": ["OBSERVED"], "observed": ["OBSERVED"], "counts": ["POPULATION"]}),
            [".analyses.model: OBSERVED is of the method descriptive; model is one of PRIMARY"],
        ),
        (
            edit("spaghetti", analyses={"observed": ["PRIMARY"]}),
            [".analyses.observed: PRIMARY is of the method mmrm; observed is one of OBSERVED"],
        ),
        (
            edit("forest", analyses={"model": ["PRIMARY", "PRIMARY"]}),
            ["outputs.f14-2-0-1.analyses.model: 'PRIMARY' stands 2 times"],
        ),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_with_what_would_be_right(change, lines):
    text = refusal(change)
    for line in lines:
        assert line in text


def test_a_role_that_a_template_can_do_without_may_be_left_out():
    found = output_jobs(study())
    assert [role for role, _ in found["f14-2-1-5"].rows] == ["observed", "counts"]
    assert TEMPLATES["individual_changes"].TEMPLATE.optional == ("events",)


def test_all_wrong_rows_are_named_at_once():
    def spoil(content):
        edit("forest", template="forrest")(content)
        edit("model_table", endpoints=["NONE"])(content)
        edit("queries_listing", endpoints="all")(content)

    assert "3 problems" in refusal(spoil)


def test_an_output_shows_one_population_treatment_and_level():
    def other(**changes):
        def change(content):
            content["analyses"]["OTHER"] = content["analyses"]["PRIMARY"] | {"primary": False} | changes
            codes = list(content["endpoints"])
            content["analyses"]["PRIMARY"]["endpoints"] = codes[:1]
            content["analyses"]["OTHER"]["endpoints"] = codes[1:]
            for item in content["outputs"]:
                if "model" in item["analyses"]:
                    item["analyses"]["model"] = ["PRIMARY", "OTHER"]

        return change

    study(other())
    assert "one output shows one population, found" in refusal(other(population="SAFFL"))
    assert "one output shows one treatment, found" in refusal(other(treatment="TRT01A"))
    assert "one output has one confidence level, found 0.95 (PRIMARY), 0.9 (OTHER)" in refusal(
        other(level=0.9)
    )


def test_an_endpoint_without_analysis_is_named():
    def drop(content):
        content["analyses"]["PRIMARY"]["endpoints"] = list(content["endpoints"])[:1]

    text = refusal(drop)
    missing = list(CONTENT["endpoints"])[1]
    assert f"one analysis covers each endpoint; {missing} has none of PRIMARY" in text


def test_an_endpoint_with_two_analyses_in_one_role_is_named():
    def twice(content):
        content["analyses"]["OTHER"] = content["analyses"]["PRIMARY"] | {"primary": False}
        row(content, "forest")["analyses"]["model"] = ["PRIMARY", "OTHER"]

    first = next(iter(CONTENT["endpoints"]))
    assert f"one analysis covers each endpoint; {first} has PRIMARY and OTHER" in refusal(twice)


@pytest.fixture(scope="module")
def closures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closures")
    return Closures(folder, folder / "imports.json", {})


@pytest.mark.parametrize("name", NAMES)
def test_tables_do_not_stand_on_figures_nor_figures_on_the_formats_of_tables(name, closures):
    closure = closures.closure("render_output.py", f"trial.display.templates.{name}")
    files = {Path(path).name for path in closure}
    is_figure = TEMPLATES[name].TEMPLATE.kind == "figure"
    assert ("rtf_writer.py" in files) != is_figure
    assert ("frame.py" in files) == is_figure
    assert "registry.py" not in files


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_what_it_needs_and_what_it_is(name):
    module = TEMPLATES[name]
    assert isinstance(module.TEMPLATE, Template)
    assert callable(module.build)
    caption = module.__doc__.splitlines()[0]
    assert caption.endswith(".") and len(caption) < 110


@pytest.mark.parametrize("name", ["adlb", "adsl", "adae"])
def test_a_template_with_records_of_subjects_needs_an_analysis_that_says_of_whom(name):
    with pytest.raises(ValueError, match=f"{name} need a role"):
        Template("listing", "study", data=(name,))
    Template("listing", "study", roles=("counts",), data=(name,))


def test_an_output_of_subjects_is_told_of_the_studys_own_columns(monkeypatch):
    declared = Template("listing", "study", roles=("observed",), data=("adsl", "adae"))
    monkeypatch.setattr(TEMPLATES["records_listing"], "TEMPLATE", declared)

    def add(content):
        content["edc"]["subject_columns"]["WEEKS"] = {"label": "Weeks of run-in", "kind": "number"}

    slices = slice_study(study(add))
    told = slices["output.l16-2-9-4"].columns["adsl"]
    assert (told["WEEKS"], told["AGE"], told["INDEXDT"], told["FASFL"]) == (
        "number",
        "number",
        "date",
        "text",
    )
    assert slices["output.l16-2-9-4"].columns["adae"] == dict(ADAE)
    assert slices["output.l16-2-9-1"].columns == {}


def test_intervals_belong_to_a_role():
    for name in ("intervals", "optional"):
        with pytest.raises(ValueError, match=name):
            Template("table", "study", roles=("observed",), **{name: ("model",)})


def told_of_primary(**changes):
    """Return what an output is told of the primary analysis, changed."""

    def change(content):
        content["analyses"]["PRIMARY"] = content["analyses"]["PRIMARY"] | changes

    (shown,) = slice_study(study(change))["output.t14-2-0-1"].roles["model"]
    return shown


def test_an_output_is_told_what_the_analysis_estimates_and_tests():
    compared = CONTENT["analyses"]["PRIMARY"]["comparisons"]
    shown = told_of_primary(response="value", comparisons=compared | {"arms": "reference", "side": "less"})
    assert (shown.response, shown.side, shown.null_value) == ("value", "less", None)
    usual = told_of_primary()
    assert (usual.response, usual.side) == ("change", compared["side"])


def test_means_stand_at_the_mean_baseline_unless_the_analysis_says_otherwise():
    means = CONTENT["analyses"]["PRIMARY"]["lsmeans"]
    assert told_of_primary(lsmeans=means | {"weights": "equal", "at": {}}).at_mean_baseline
    assert not told_of_primary(lsmeans=means | {"weights": "equal", "at": {"BASE": 8.0}}).at_mean_baseline
    assert not told_of_primary(lsmeans=means | {"weights": "counterfactual", "at": {}}).at_mean_baseline
    assert not told_of_primary(covariates=[]).at_mean_baseline


def test_all_pairs_serve_outputs_wherever_the_reference_stands():
    def change(content):
        compared = content["analyses"]["PRIMARY"]["comparisons"]
        content["analyses"]["PRIMARY"]["comparisons"] = compared | {"arms": "all pairs"}
        content["reference_arm"] = content["arms"][0]["code"]

    assert study(change).reference_arm == CONTENT["arms"][0]["code"]


def test_an_output_is_told_only_of_the_analyses_of_its_own_endpoints():
    codes = list(CONTENT["endpoints"])

    def share(content):
        primary = content["analyses"]["PRIMARY"]
        content["analyses"]["OTHER"] = primary | {"primary": False, "endpoints": codes[1:]}
        content["analyses"]["PRIMARY"] = primary | {"endpoints": codes[:1]}
        for item in content["outputs"]:
            if "model" in item["analyses"]:
                item["analyses"]["model"] = ["PRIMARY", "OTHER"]

    found = study(share)
    slices = slice_study(found)
    for code, name in zip(codes, ["PRIMARY", *["OTHER"] * (len(codes) - 1)], strict=True):
        told = slices[f"output.t14-2-{found.endpoints[code].number}-2"]
        assert [shown.id for shown in told.roles["model"]] == [name]
        assert told.covering("counts") == {"": "POPULATION"}
    both = slices["output.f14-2-0-1"]
    assert both.covering("model") == {codes[0]: "PRIMARY"} | dict.fromkeys(codes[1:], "OTHER")
