"""The data sets that a template asks for, as they reach it."""

import pandas as pd
import pytest

from trial.display.files import load_context, load_data
from trial.study.ard import ARD
from trial.study.errors import ConfigError, DataError
from trial.study.files import json_text, write_json, write_table, write_text
from trial.subjects.schema import ADAE, ADSL
from unit.display import study_rows as rows


def test_subjects_reach_a_template_with_the_studys_own_columns(tmp_path):
    kinds = dict(ADSL) | {"FASFL": "text", "WEEKS": "number"}
    values = {name: [1.5] if kind == "number" else ["x"] for name, kind in kinds.items()}
    write_table(tmp_path / "adsl.csv", pd.DataFrame(values), list(kinds))
    spec = rows.output_spec("records_listing", columns={"adsl": kinds})
    table = load_data("adsl", tmp_path / "adsl.csv", spec)
    assert list(table.columns) == list(kinds)
    assert (table["WEEKS"][0], table["USUBJID"][0]) == (1.5, "x")


def test_adverse_events_reach_a_template(tmp_path):
    values = {name: [3.0] if kind == "number" else ["y"] for name, kind in ADAE.items()}
    write_table(tmp_path / "adae.csv", pd.DataFrame(values), list(ADAE))
    spec = rows.output_spec("records_listing", columns={"adae": dict(ADAE)})
    table = load_data("adae", tmp_path / "adae.csv", spec)
    assert (table["ASTDY"][0], table["AEDECOD"][0]) == (3.0, "y")


def test_an_unknown_data_set_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(
        DataError, match="expected one of adlb, adsl, adae, adlbsaf, weights, queries, accounting, quality"
    ):
        load_data("adxx", tmp_path / "adxx.csv", rows.output_spec("records_listing"))


def collected_table(folder, **decimals):
    """Return the descriptive table of FPG with decimals as collected: those of the row given, if any."""
    endpoint = rows.endpoint_spec("FPG").model_copy(update={"decimals": None})
    spec = rows.output_spec("descriptive_table", "FPG", endpoints=(endpoint,))
    write_text(folder / "spec.json", json_text(spec.model_dump(mode="json")))
    write_json(folder / "lock.json", rows.LOCK)
    write_json(folder / "label.json", rows.LABEL)
    observed = rows.descriptive_rows("FPG")
    if decimals:
        row = dict.fromkeys(ARD, "") | {"analysis": "OBSERVED", "endpoint": "FPG", "statistic": "decimals"}
        row |= {"result_id": "FPG.OBSERVED.all.all.decimals", "n": 30.0} | decimals
        observed = pd.concat([observed, pd.DataFrame([row])], ignore_index=True)
    write_table(folder / "observed.csv", observed, list(ARD))
    write_table(folder / "counts.csv", rows.population_rows(), list(ARD))
    parts = [(role, folder / f"{role}.csv") for role in ("observed", "counts")]
    files = (folder / f"{name}.json" for name in ("spec", "lock", "label"))
    context = load_context(*files, "scripts/x.py", parts, [], [])
    table = rows.build("descriptive_table", context)
    return {row.cells[0].text: row.cells[1].text for row in table.blocks[0].rows}


@pytest.mark.parametrize(
    ("value", "mean"), [(0.0, "8.5 (1.23)"), (1.0, "8.50 (1.230)"), (2.0, "8.500 (1.2300)")]
)
def test_decimals_as_collected_decide_the_printed_table(tmp_path, value, mean):
    table = collected_table(tmp_path, value=value)
    assert table["Mean (SD)"] == mean
    assert [len(part.partition(".")[2]) for part in table["Min, Max"].split(", ")] == [int(value)] * 2


def test_an_endpoint_without_any_value_needs_no_decimals(tmp_path):
    assert collected_table(tmp_path, value=float("nan"), error="no values")["n"] == "30"


def test_decimals_as_collected_of_converted_numbers_alone_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"endpoints.FPG.decimals: collected, but every analysed number"):
        collected_table(tmp_path)
