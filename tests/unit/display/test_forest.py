"""The forest: turned marks, native estimates beside them, and what is printed where there is none."""

import math

import pytest
from matplotlib.colors import to_rgb

from unit.display import study_rows as rows
from unit.display.study_figures import find, forest, marks_in_svg, svg_of, value_of


@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_forest_marks_are_turned_so_that_right_is_better(arms):
    figure, frame, results = forest(arms)
    svg = svg_of(figure)
    assert len(frame) == len(rows.ENDPOINTS) * (len(arms) - 1)
    for code, endpoint in rows.ENDPOINTS.items():
        sign = -1 if endpoint[6] == "lower" else 1
        for arm, _ in arms[:-1]:
            native = [
                value_of(results, f"{code}.PRIMARY.M6.{arm}-STD.stddiff{end}")
                for end in ("", ".lower", ".upper")
            ]
            line = find(figure, f"forest-{code}-{arm}")
            assert line.get_xdata()[0] == sign * native[0]
            (segment,) = find(figure, f"interval-{code}-{arm}").get_segments()
            assert segment[:, 0] == pytest.approx(sorted(sign * end for end in native[1:]))
            row = frame[(frame["endpoint"] == code) & (frame["arm"] == arm)].iloc[0]
            assert (row["x"], row["turned"]) == (sign * native[0], sign)
            assert marks_in_svg(svg, figure, f"forest-{code}-{arm}")[0, 0] == pytest.approx(
                sign * native[0], abs=1e-3
            )
            # The demonstration effect is beneficial everywhere but for the endpoint without direction.
            assert (line.get_xdata()[0] > 0) == (endpoint[6] != "neutral")
            hollow = to_rgb(line.get_markerfacecolor()) == (1, 1, 1)
            assert hollow == (endpoint[6] == "neutral")


def test_forest_texts_are_native_estimates_beside_their_marks():
    figure, frame, _ = forest()
    row = frame.set_index("endpoint").loc["HBA1C"]
    assert (row["estimate_text"], row["p_text"], row["n_text"]) == (
        "−0.49 (−0.89, −0.09) pp",
        "0.0400",
        "27 / 28",
    )
    assert frame.set_index("endpoint").loc["CPEP", "estimate_text"] == "GMR 1.05 (1.01, 1.09)"
    axis = find(figure, "forest-HBA1C-CELL").axes
    for _, row in frame.iterrows():
        y = find(figure, f"forest-{row['endpoint']}-{row['arm']}").get_ydata()[0]
        beside = {text.get_text() for text in axis.texts if text.get_position()[1] == y}
        assert {row["estimate_text"], row["p_text"], row["n_text"]} <= beside


def test_forest_without_an_estimate_prints_ne_and_draws_nothing():
    def spoil(table):
        chosen = table["result_id"].str.startswith("FPG.PRIMARY.M6.CELL-STD")
        table.loc[chosen, "value"] = math.nan
        table.loc[chosen, "error"] = "not fitted"
        return table

    figure, frame, _ = forest(change=spoil)
    assert frame.set_index("endpoint").loc["FPG", ["estimate_text", "p_text"]].tolist() == ["NE", "NE"]
    assert not [artist for artist in figure.findobj() if artist.get_gid() == "forest-FPG-CELL"]
    assert "not estimable: not fitted" in " ".join(text.get_text() for text in figure.texts)


def test_forest_says_which_side_favours_whom():
    figure, _, _ = forest()
    texts = {text.get_text(): text for text in find(figure, "forest-HBA1C-CELL").axes.texts}
    assert texts["← favours Standard medicines"].get_position()[0] == 0
    assert texts["favours BM-MNC + UC-MSC →"].get_position()[0] == 1


def notes_of(figure):
    return " ".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_an_endpoint_without_common_sd_has_its_estimate_and_no_mark(arms):
    figure, frame, _ = forest(arms, lambda table: rows.make_ancova(rows.make_ancova(table, "FPG"), "CPEP"))
    whole = forest(arms)[1]
    chosen = frame["endpoint"].isin(["FPG", "CPEP"])
    assert frame.loc[chosen, ["x", "lower", "upper"]].isna().all(axis=None)
    assert frame["x_text"].tolist() == ["NE" if absent else "" for absent in chosen]
    for column in ("estimate_text", "p_text", "n_text"):
        assert frame[column].equals(whole[column])
    assert not [a for a in figure.findobj() if str(a.get_gid()).startswith(("forest-FPG", "forest-CPEP"))]
    written = [text.get_text() for text in find(figure, "forest-HBA1C-CELL").axes.texts]
    assert written.count("NE") == chosen.sum()
    notes = notes_of(figure)
    reason = "Fasting plasma glucose, C-peptide: no standardised difference: no common covariance"
    assert notes.count(reason) == 1
    assert "NE: not estimable" in notes
    assert "NE: not estimable" not in notes_of(forest(arms)[0])


def test_an_endpoint_without_data_at_the_primary_visit_reads_not_estimated():
    figure, frame, _ = forest(change=lambda table: rows.drop_visit(table, "TNFA", "M6"))
    row = frame.set_index("endpoint").loc["TNFA"]
    assert row[["x_text", "estimate_text", "p_text", "n_text"]].tolist() == ["", "not estimated", "", ""]
    assert math.isnan(row["x"])
    assert notes_of(figure).count("TNF-α: not estimated: the results hold nothing at this visit") == 1
    assert "mixed model" not in notes_of(figure)


def test_a_comparison_without_a_row_reads_not_estimated_beside_those_that_have_one():
    def drop(table):
        return table[~((table["endpoint"] == "TNFA") & (table["comparison"] == "MSC-STD"))]

    figure, frame, _ = forest(rows.THREE_ARMS, drop)
    texts = ["x_text", "estimate_text", "p_text", "n_text"]
    there, absent = frame.loc[frame["endpoint"] == "TNFA", texts].to_numpy().tolist()
    assert there[1].startswith("GMR")
    assert absent == ["", "not estimated", "", "28 / 29"]
    reason = "TNF-α: not estimated: no such row among the results (Month 6, UC-MSC alone against Standard"
    assert reason in notes_of(figure)


def test_forest_states_p_values_and_design_and_the_warnings_of_models():
    notes = notes_of(forest(change=lambda table: rows.warn_of_model(table, "IL1B", "Descriptive only."))[0])
    assert notes.count("p-values are two-sided and nominal") == 1
    assert notes.count("Design: single blind, two centres.") == 1
    assert notes.count("Warning: IL-1β: Descriptive only.") == 1
