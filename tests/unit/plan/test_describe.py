"""The committed schema and page of the configuration are those of the models, and explain every key."""

import json
from pathlib import Path

import pytest

from trial.plan.describe import config_page, config_schema, missing_meanings
from trial.plan.study import AnalysedStudy
from trial.study.files import json_text

ROOT = Path(__file__).resolve().parents[3]


def test_every_key_has_its_meaning():
    assert missing_meanings() == []


def test_the_committed_schema_is_that_of_the_models():
    text = (ROOT / "workflow" / "config.schema.json").read_text(encoding="utf-8")
    assert text == json_text(config_schema()), "run `make schema`"
    text = (ROOT / "workflow" / "analysed.schema.json").read_text(encoding="utf-8")
    assert text == json_text(config_schema(AnalysedStudy)), "run `make schema`"


def test_the_committed_page_is_that_of_the_models():
    text = (ROOT / "workflow" / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert text == config_page(), "run `make schema`"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("`analyses.<NAME>.df_method`", "`kenward-roger`, `kenward-roger-linear`, `satterthwaite`"),
        ("`analyses.<NAME>.level`", "number > 0.5, < 1"),
        ("`endpoints.<NAME>.scale`", "`identity`, `log`"),
        ("`populations.<NAME>.conditions[].otherwise`", "text"),
        ("`adam.bds.<NAME>.first_day`", "`0`, `1` or null"),
        ("`endpoints.<NAME>.source.dataset`", "text"),
    ],
)
def test_the_page_has_keys_with_their_values(key, values):
    (line, *_) = [line for line in config_page().splitlines() if line.startswith(f"| {key} |")]
    assert values in line


def test_the_schema_is_one_that_editors_can_use():
    schema = config_schema()
    assert schema["additionalProperties"] is False
    assert json.loads(json_text(schema))["properties"].keys() == schema["properties"].keys()
