"""The index against glucose: marks against the points of the analysis, zones, counts, what notes say."""

from dataclasses import replace

import numpy as np
import pytest

from trial.display.wording import NULL_REPORT
from unit.display import study_rows as rows
from unit.display.study_figures import drawn, find, marks_in_svg, svg_of

POINTS = [
    ("VH-1", 1.0, "CELL", "BL", 9.0, 8.0, 29.09, "stable"),
    ("VH-1", 2.0, "CELL", "M6", 3.8, 3.5, 233.3, "unstable"),
    ("VH-2", 2.0, "CELL", "M3", 3.4, 5.0, None, "undefined"),
    ("VH-3", 1.0, "STD", "BL", 7.5, 12.0, 60.0, "stable"),
    ("VH-3", 2.0, "STD", "M6", 6.5, 10.0, 66.67, "stable"),
]
KEYS = ("subject", "record", "arm", "visit", "glucose", "partner", "value", "zone")
RECORD = {
    "index": "HOMA1_B",
    "formula": "20 × insulin / (glucose − 3.5)",
    "inputs": {
        "glucose": {"analyte": "GLUC", "label": "Glucose", "unit": "mmol/L"},
        "insulin": {"analyte": "INS", "label": "Insulin", "unit": "µU/mL"},
    },
    "undefined_at": 3.5,
    "unstable_below": 4.0,
    "points": [dict(zip(KEYS, one, strict=True)) for one in POINTS],
    "curves": [{"partner": 10.0, "glucose": [3.6, 5.0, 9.0], "value": [2000.0, 133.3, 36.4]}],
}


def pole(record=RECORD, arms=rows.ARMS):
    """Return the figure of an index before it is drawn."""
    shown = rows.shown_analysis("observed", ["HOMAB"], id="DOMAIN", method="index_domain")
    spec = rows.output_spec("index_pole", "HOMAB", arms)
    spec = spec.model_copy(update={"roles": {"domain": (shown,), **spec.roles}})
    found = []
    for arm, _ in arms:
        for visit, _, _ in rows.VISITS:
            here = [p for p in record["points"] if (p["arm"], p["visit"]) == (arm, visit)]
            for zone in ("stable", "unstable", "undefined"):
                number = float(sum(p["zone"] == zone for p in here))
                found.append(rows._row("HOMAB", "DOMAIN", visit, arm, "", f"{zone}.n", number))
    found.append(rows._row("HOMAB", "DOMAIN", "M6", "CELL", "", "stable.geomean", 25.82))
    table = rows.pd.concat([rows.result_table(["HOMAB"], arms), rows._frame(found)], ignore_index=True)
    given = rows.context(spec, table)
    return rows.build("index_pole", replace(given, records={**given.records, "domain": (record,)}))


def test_marks_are_the_points_of_the_analysis_by_arm_and_zone():
    plot = pole()
    figure = drawn(plot)
    svg = svg_of(figure)
    expected = {
        "stable-CELL": [(9.0, 29.09)], "stable-STD": [(7.5, 60.0), (6.5, 66.67)], "unstable-CELL": [(3.8, 233.3)],
    }  # fmt: skip
    for gid, points in expected.items():
        assert find(figure, gid).get_xydata().tolist() == [list(point) for point in points]
        assert np.allclose(marks_in_svg(svg, figure, gid), points, rtol=2e-3)
    # A draw without a value has its glucose only, at the lower edge.
    assert find(figure, "undefined-CELL").get_xdata().tolist() == [3.4]
    assert find(figure, "pole").get_xdata() == [3.5, 3.5]
    axis = find(figure, "stable-CELL").axes
    assert axis.get_yscale() == "log"
    low, high = axis.get_ylim()
    assert 20 < low < 29.09 and 233.3 < high < 400  # the curve near the pole stretches nothing
    assert axis.get_xlim()[0] < 3.4


def test_limits_and_formula_come_from_the_analysis():
    other = RECORD | {"undefined_at": 3.6, "unstable_below": 4.5, "formula": "some other formula"}
    plot = pole(other)
    notes = " ".join(plot.heading.notes)
    assert "HOMA1-%B = some other formula, with glucose in mmol/L and insulin in µU/mL of one draw" in notes
    assert "At glucose of 3.6 mmol/L or less it has no value; below 4.5 mmol/L" in notes
    assert find(drawn(plot), "pole").get_xdata() == [3.6, 3.6]


def test_counts_unstable_values_and_their_effect_are_printed_with_their_results():
    plot = pole()
    notes = " ".join(plot.heading.notes)
    assert (
        "BM-MNC + UC-MSC: stable 1 + 0 + 0 + 0, unstable 0 + 0 + 0 + 1, without a value 0 + 0 + 1 + 0"
        in notes
    )
    assert "Unstable: VH-1 Month 6 233.3 % at 3.8 mmol/L." in notes
    # The geometric mean of the small study at month 6 is 8.5 - 0.45 - 0.1.
    assert (
        "Observed geometric mean with unstable values: BM-MNC + UC-MSC, Month 6: 7.95, without them 25.82"
        in notes
    )
    assert {"HOMAB.DOMAIN.M6.CELL.unstable.n", "HOMAB.DOMAIN.M6.CELL.stable.geomean",
            "HOMAB.OBSERVED.M6.CELL.AVAL.geomean"} <= set(plot.result_ids)  # fmt: skip
    assert "Unstable: VH-1 Month 6" in plot.alt
    assert plot.frame["record"].tolist()[:2] == ["HOMAB!VH-1!1", "HOMAB!VH-1!2"]


def test_many_unstable_values_are_named_to_a_dozen():
    many = [
        dict(
            zip(
                KEYS,
                (f"VH-{k:02d}", 1.0, "CELL", "M6", 3.6 + k / 100, 5.0, 90.0 + k, "unstable"),
                strict=True,
            )
        )
        for k in range(20)
    ]
    (note,) = [note for note in pole(RECORD | {"points": many}).heading.notes if note.startswith("Unstable")]
    assert note.count("mmol/L") == 12
    assert note.startswith("Unstable: VH-00 Month 6 90.0 % at 3.6 mmol/L; VH-01")
    assert note.endswith("and 8 more in the data of this figure.")


def test_only_what_is_drawn_stands_in_the_legend():
    def labels(plot):
        (legend,) = [axes.get_legend() for axes in drawn(plot).axes if axes.get_legend()]
        return [text.get_text() for text in legend.get_texts()]

    always = ["3.5 mmol/L: no value at or below", "unstable zone, below 4 mmol/L"]
    arms = [label for _, label in rows.ARMS]
    assert labels(pole()) == [*arms, "unstable value", "glucose of a draw without a value", *always]
    stable = [point for point in RECORD["points"] if point["zone"] == "stable"]
    plain = pole(RECORD | {"points": stable})
    assert labels(plain) == [*arms, *always]
    assert not any(note.startswith("Unstable") for note in plain.heading.notes)


@pytest.mark.parametrize("arms", [rows.ARMS[1:], rows.THREE_ARMS])
def test_an_endpoint_without_records_leaves_the_line_of_an_empty_output(arms):
    plot = pole(RECORD | {"points": [], "curves": []}, arms)
    assert NULL_REPORT in [text.get_text() for text in drawn(plot).texts]
    assert NULL_REPORT in plot.alt


def test_another_index_is_called_by_its_own_inputs_and_may_have_values_without_logarithm():
    inputs = {
        "glucose": {"analyte": "GLUC", "label": "Glucose", "unit": "mmol/L"},
        "cpeptide": {"analyte": "CPEP", "label": "C-peptide", "unit": "ng/mL"},
    }
    points = [
        *RECORD["points"],
        dict(zip(KEYS, ("VH-9", 1.0, "STD", "M1", 8.0, 0.0, 0.0, "stable"), strict=True)),
    ]
    plot = pole(RECORD | {"inputs": inputs, "points": points})
    notes = " ".join(plot.heading.notes)
    assert "with glucose in mmol/L and C-peptide in ng/mL of one draw" in notes
    assert "at the same C-peptide." in notes
    assert "log axis" not in notes
    assert find(drawn(plot), "stable-CELL").axes.get_yscale() == "linear"
