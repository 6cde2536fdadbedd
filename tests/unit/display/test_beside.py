"""Tables of responders, several hypotheses and influence, and the forest of subgroups: each number is its result."""

import math

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from trial.display.context import Context
from trial.display.figures.frame import project_style
from trial.display.pages.html_writer import write_html
from trial.display.results import Results
from unit.display import study_rows as rows
from unit.display.study_figures import find


def shown(role, code="HBA1C", level=0.95, **changes):
    content = {"id": role.upper(), "label": role.title(), "level": level, "method": role, "primary": False}
    return rows.shown_analysis("model", [code], **content | changes)


def context(template, code, roles, tables, records, arms=rows.ARMS, **changes):
    """Return what a template is given, of result rows that a test writes."""
    spec = rows.output_spec(template, code, arms, id=("f" if "forest" in template else "t") + "14-2-9-1-1",
                            roles=roles, **changes)  # fmt: skip
    stamp = rows.stamp_of(spec.study)
    panels, single = {}, {}
    for role, analyses in roles.items():
        for one in analyses:
            place = dict.fromkeys(one.endpoints or ("",), one.id)
            found = Results(tables[one.id].reset_index(drop=True), place)
            if role in spec.many:
                panels.setdefault(role, []).append((one, found))
            else:
                single[role] = found
    return Context(spec, stamp, single, {role: tuple(found) for role, found in panels.items()}, records, {})


def texts(table):
    return [[cell.printed for cell in row.cells] for block in table.blocks for row in block.rows]


def notes(output):
    return " ".join(note.text for note in output.notes)


# ---- responders ---------------------------------------------------------------------------------------


def responder_rows(analysis, arms=rows.ARMS, **absent):
    made = []
    for at, missing in enumerate(("observed", "non-responder")):
        name = f"BELOW7.{missing}"
        for i, (arm, _) in enumerate(arms):
            for statistic, value in (("responders", 5 + i), ("N", 20 + at), ("pct", 25.04 + i + 10 * at)):
                made.append(rows._row("HBA1C", analysis, "M6", arm, "", f"{name}.{statistic}", value))
        for i, (arm, _) in enumerate(arms[:-1]):
            values = {"rd": 10.25, "rd.newcombe.lower": -3.1, "rd.newcombe.upper": 20.2, "rd.mn.lower": -3.4,
                      "rd.mn.upper": 21.6, "rd.pvalue": 0.1234, "marginal": 8.76, "marginal.lower": -5.5,
                      "marginal.upper": 22.9, "marginal.pvalue": 0.2222}  # fmt: skip
            for statistic, value in values.items():
                row = rows._row(
                    "HBA1C",
                    analysis,
                    "M6",
                    "",
                    f"{arm}-STD",
                    f"{name}.{statistic}",
                    value + i + at / 10 if "pvalue" not in statistic else value,
                )
                if statistic.startswith("marginal") and absent:
                    row |= {"value": math.nan, "error": absent["error"]}
                made.append(row)
    return rows._frame(made)


def responder_table(arms=rows.ARMS, **absent):
    analyses = tuple(shown("responders", id=name, label=name.title(), estimand=of) for name, of in
                     (("ONE", "Treatment policy"), ("TWO", "Composite")))  # fmt: skip
    record = {
        "definitions": [{"code": "BELOW7", "label": "Below 7.0 %"}],
        "missing": ["observed", "non-responder"],
        "imputation": None,
    }
    records = tuple(
        record | {"analysis": one.id, "composite": ["RESCUE"] * (one.id == "TWO")} for one in analyses
    )
    counts = rows.shown_analysis("counts", [])
    tables = {one.id: responder_rows(one.id, arms, **absent) for one in analyses}
    return rows.build(
        "responder_table",
        context("responder_table", "HBA1C", {"responders": analyses, "counts": (counts,)},
                tables | {counts.id: rows.population_rows(arms)}, {"responders": records[::-1]}, arms,
                many=("responders",)),
    )  # fmt: skip


def test_responders_have_a_block_per_analysis_and_a_row_per_missing_rule():
    table = responder_table()
    assert [block.heading for block in table.blocks] == [
        "Below 7.0 %. One (Treatment policy)", "Below 7.0 %. Two (Composite)",
    ]  # fmt: skip
    assert texts(table)[0] == [
        "Observed values", "5/20 (25.0)", "6/20 (26.0)", "10.3", "(−3.1, 20.2)", "(−3.4, 21.6)", "0.1234",
        "8.8 (−5.5, 22.9)", "0.2222",
    ]  # fmt: skip
    assert texts(table)[1][:2] == ["Missing is a failure", "5/21 (35.0)"]
    assert table.blocks[1].rows[0].cells[3].result_ids == ("HBA1C.TWO.M6.CELL-STD.BELOW7.observed.rd",)
    assert "Two: a subject fails from the event on" in notes(table)
    assert "logistic model with arm and baseline;" in notes(table)
    assert "Observed values" in write_html(table)


def test_three_arms_name_the_compared_arm_in_each_row():
    labels = [row[0] for row in texts(responder_table(rows.THREE_ARMS))][:2]
    assert labels == ["Observed values: BM-MNC + UC-MSC", "Observed values: UC-MSC alone"]


def test_an_absent_standardised_difference_says_why():
    table = responder_table(error="an arm has no responder")
    assert texts(table)[0][7:] == ["NE [a]", "NE [a]"]
    assert "NE: an arm has no responder" in notes(table)


# ---- several hypotheses -------------------------------------------------------------------------------

FAMILY = [
    ("HBA1C", 0.0071, 0.049985, 1, 1, ""),
    ("TNFA", 0.03, 0.09, 0, 2, ""),
    ("IL1B", math.nan, math.nan, 0, 3, "withheld"),
]


def multiplicity_table(day="2026-11-28", **changes):
    made = []
    for code, raw, adjusted, rejected, order, error in FAMILY:
        for name, value in (
            ("pvalue", raw),
            ("pvalue.adjusted", adjusted),
            ("rejected", rejected),
            ("order", order),
        ):
            why = error if math.isnan(value) else ""
            made.append(rows._row("", "FAMILY", "M6", "", code, name, value) | {"error": why})
    record = {
        "rule": "holm", "alpha": 0.05, "analysis": "PRIMARY", "graph": None,
        "family": [{"code": c, "endpoint": c, "visit": "M6", "comparison": "CELL-STD"} for c, *_ in FAMILY],
        "chosen": {"day": day, "by": "the statistician", "reason": "No hierarchy."},
    }  # fmt: skip
    one = shown("multiplicity", id="FAMILY", level=None, endpoints=())
    source = shown("mmrm", id="PRIMARY", label="Adjusted MMRM", endpoints=())
    return rows.build(
        "multiplicity_table",
        context("multiplicity_table", "", {"multiplicity": (one,), "effect": (source,)}, {"FAMILY": rows._frame(made), "PRIMARY": rows._frame([])},
                {"multiplicity": (record | changes,)}),
    )  # fmt: skip


def test_raw_and_adjusted_p_stand_side_by_side_with_the_decision():
    table = multiplicity_table()
    pair = "BM-MNC + UC-MSC against Standard medicines"
    assert texts(table) == [
        ["HbA1c", "Month 6", pair, "0.0071", "0.0500", "rejected", "1"],
        ["TNF-α", "Month 6", pair, "0.0300", "0.0900", "not rejected", "2"],
        ["IL-1β", "Month 6", pair, "NE [a]", "NE [a]", "not rejected", "3"],
    ]
    assert "NE: withheld" in notes(table)
    assert "p-values that are not rounded" in notes(table)
    assert "p-values as found: Adjusted MMRM." in notes(table)
    assert table.titles[1] == "Rule: Holm, alpha 0.05, 3 hypotheses"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (
            "2026-11-28",
            "Chosen on 2026-11-28, 2219 days after the data cut of lock DEMO-1 (2020-10-31): not in advance",
        ),
        ("2020-11-01", ", 1 day after the data cut"),
        ("2020-10-31", "Chosen on 2020-10-31, the day of the data cut"),
        ("2019-10-31", "Chosen on 2019-10-31, 366 days before the data cut"),
    ],
)
def test_the_day_of_the_choice_is_compared_with_the_lock(day, text):
    assert text in notes(multiplicity_table(day))
    assert ("not in advance" in notes(multiplicity_table(day))) == (day > "2020-10-31")


def test_a_graph_is_printed():
    graph = {"weights": {"HBA1C": 1, "TNFA": 0, "IL1B": 0},
             "transitions": {"HBA1C": {"TNFA": 0.5, "IL1B": 0.5}, "TNFA": {}, "IL1B": {"TNFA": 1}}}  # fmt: skip
    text = notes(multiplicity_table(rule="graph", graph=graph))
    assert (
        "HBA1C has 1 of alpha, passes on 0.5 to TNFA, 0.5 to IL1B; TNFA has 0 of alpha, passes on nothing"
        in text
    )


# ---- influence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "scale"), [("HBA1C", "diff"), ("TNFA", "gmr")])
def test_influence_names_the_subjects_with_their_arm(code, scale):
    made = [
        rows._row(code, "INFLUENCE", "", "", "", "n_subjects", 58.0) | {"warning": "a caveat of the model"}
    ]
    for prefix, value in (("", 0.79), ("without.1.", 0.761), ("without.2.", 0.811)):
        for name in {"diff", scale}:
            made.append(rows._row(code, "INFLUENCE", "M6", "", "CELL-STD", f"{prefix}{name}", value))
        made.append(rows._row(code, "INFLUENCE", "M6", "", "CELL-STD", f"{prefix}diff.pvalue", value / 10))
        if prefix:
            made.append(rows._row(code, "INFLUENCE", "M6", "", "CELL-STD", f"{prefix}change", value - 0.79))
    for end, value in (("min", 0.0117), ("max", 0.0563)):
        made.append(rows._row(code, "INFLUENCE", "M6", "", "CELL-STD", f"without.pvalue.{end}", value))
    record = {
        "named": {"M6": {"CELL-STD": ["VH-001", "VH-016"]}},
        "arms": {"VH-001": "CELL", "VH-016": "STD"},
    }
    given = context("influence_table", code, {"influence": (shown("influence", code),)},
                    {"INFLUENCE": rows._frame(made)}, {"influence": (record,)})  # fmt: skip
    table = rows.build("influence_table", given)
    assert [row[:2] for row in texts(table)] == [
        ["All", ""], ["Without VH-001", "BM-MNC + UC-MSC"], ["Without VH-016", "Standard medicines"],
        ["Without any one subject", ""],
    ]  # fmt: skip
    assert texts(table)[1][2:] == ["0.76", "−0.029", "0.0761"]
    assert texts(table)[3][-1] == "0.0117 to 0.0563"
    assert "Warning: a caveat of the model" in notes(table)
    assert table.blocks[0].rows[1].cells[2].result_ids == (f"{code}.INFLUENCE.M6.CELL-STD.without.1.{scale}",)


# ---- subgroups ------------------------------------------------------------------------------------------


def forest(code="HBA1C", arms=rows.ARMS):
    """Return a forest with a level of 6 subjects in an arm, one without estimate, and one that is tested."""
    log = rows.ENDPOINTS[code][5] == "log"
    scale, shift = ("gmr", 1.0) if log else ("diff", 0.0)
    made = [rows._row(code, "SUBGROUPS", "", "", "", "SEX.n_subjects", 50.0) | {"warning": "a caveat"}]
    for group, interaction in (("SEX", 0.4321), ("BMI", math.nan)):
        error = "descriptive: fewer than 10 subjects in an arm" if math.isnan(interaction) else ""
        made.append(
            rows._row(code, "SUBGROUPS", "M6", "", "", f"{group}.interaction.pvalue", interaction)
            | {"error": error}
        )
        for level in (1, 2):
            small, none = (group, level) == ("BMI", 1), (group, level) == ("BMI", 2)
            for i, (arm, _) in enumerate(arms):
                made.append(
                    rows._row(
                        code,
                        "SUBGROUPS",
                        "M6",
                        arm,
                        "",
                        f"{group}.{level}.n",
                        6.0 if small and not i else 14.0 + i,
                    )
                )
            for i, (arm, _) in enumerate(arms[:-1]):
                for end, value in (("", -0.5), (".lower", -0.9), (".upper", -0.1)):
                    value = math.nan if none else shift + value + 0.01 * level + 0.1 * i
                    why = "the model has no answer" if none else ""
                    row = rows._row(
                        code, "SUBGROUPS", "M6", "", f"{arm}-STD", f"{group}.{level}.{scale}{end}", value
                    )
                    made.append(row | {"error": why})
                why = error if small else "the model has no answer" if none else ""
                row = rows._row(
                    code,
                    "SUBGROUPS",
                    "M6",
                    "",
                    f"{arm}-STD",
                    f"{group}.{level}.diff.pvalue",
                    math.nan if why else 0.0321,
                )
                made.append(row | {"error": why})
    record = {"smallest_cell": 10, "subgroups": [
        {"code": "SEX", "label": "Sex", "levels": ["Female", "Male"]},
        {"code": "BMI", "label": "BMI", "levels": ["< 23", "≥ 23"]},
    ]}  # fmt: skip
    roles = {"subgroups": (shown("subgroups", code),), "model": (rows.shown_analysis("model", [code]),)}
    tables = {"SUBGROUPS": rows._frame(made), "PRIMARY": rows.model_rows(code, arms)}
    given = context(
        "subgroup_forest", code, roles, tables, {"subgroups": (record,), "model": (rows.fit_record(),)}, arms
    )
    return rows.build("subgroup_forest", given)


@pytest.mark.parametrize("code", ["HBA1C", "CPEP"])
def test_the_forest_greys_what_is_only_described(code):
    plot = forest(code)
    assert plot.frame["kind"].tolist() == ["all", "heading", "level", "level", "heading", "level", "level"]
    assert plot.frame["p_text"].tolist()[1:] == ["0.4321", "0.0321", "0.0321", "descr.", "descr.", "NE"]
    assert plot.frame["n_text"].tolist()[2:] == ["14/15", "14/15", "", "6/15", "14/15"]
    with project_style():
        figure = plot.draw()
    tested, described = find(figure, "subgroup-2"), find(figure, "subgroup-5")
    assert to_rgb(tested.get_markerfacecolor()) != (1, 1, 1)
    assert to_rgb(described.get_markerfacecolor()) == (1, 1, 1)
    # In print without colours the line tells them apart as well.
    assert find(figure, "interval-5").get_linestyle() != find(figure, "interval-2").get_linestyle()
    assert described.get_xdata()[0] == plot.frame["x"][5]
    assert not [one for one in figure.findobj() if one.get_gid() == "subgroup-6"]
    assert "descr." in [text.get_text() for text in figure.axes[0].texts]


def test_the_forest_says_what_it_cannot_and_what_the_models_warn_of():
    plot = forest()
    text = " ".join(plot.heading.notes)
    assert "an arm has fewer than 10 subjects" in text
    assert "Warning: a caveat" in text
    assert "Warning: NE: the model has no answer" in text
    assert "Sex: interaction p 0.4321" in plot.alt
    assert "BMI < 23: −0.49 (−0.89, −0.09), n 6/15, p descr." in plot.alt
    assert "HBA1C.SUBGROUPS.M6.CELL-STD.SEX.1.diff" in plot.result_ids
    assert "HBA1C.SUBGROUPS.M6.all.SEX.interaction.pvalue" in plot.result_ids


def test_the_forest_of_three_arms_has_every_comparison():
    plot = forest(arms=rows.THREE_ARMS)
    assert plot.frame["arm"].tolist() == ["CELL"] * 7 + ["MSC"] * 7
    assert isinstance(plot.frame, pd.DataFrame)
    with project_style():
        assert plot.draw().axes
