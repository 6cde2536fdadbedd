"""Reading YAML: sections that take the keys of another, and keys that stand twice."""

import pytest

from trial.study.errors import ConfigError
from trial.study.load import read_yaml

MERGED = """
first: &first {label: one, level: 0.95, list: [1, 2]}
second: {<<: *first, label: two}
third:
  <<: *first
  level: 0.9
"""


def test_a_section_can_take_the_keys_of_another_and_its_own_stand_above_them(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(MERGED)
    assert read_yaml(path) == {
        "first": {"label": "one", "level": 0.95, "list": [1, 2]},
        "second": {"label": "two", "level": 0.95, "list": [1, 2]},
        "third": {"label": "one", "level": 0.9, "list": [1, 2]},
    }


def test_a_key_of_its_own_that_stands_twice_is_refused_beside_a_merge_too(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(MERGED.replace("label: two}", "label: two, label: three}"))
    with pytest.raises(ConfigError, match="'label' stands twice"):
        read_yaml(path)
