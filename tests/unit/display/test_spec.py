"""What a display program is told: read strictly, refused with a message that names the key."""

import pytest

from trial.display.provenance import read_stamp
from trial.display.spec import parse_spec
from trial.display.wording import estimand_lines
from trial.study.errors import ConfigError, DataError
from unit.display import study_rows as rows


def test_arms_and_visits_keep_their_order():
    spec = parse_spec(rows.spec_slice("HBA1C", rows.THREE_ARMS), "spec")
    assert [arm.code for arm in spec.arms] == ["CELL", "MSC", "STD"]
    assert [arm.code for arm in spec.active_arms] == ["CELL", "MSC"]
    assert spec.reference.label == "Standard medicines"
    assert spec.baseline.code == "BL"
    assert [visit.code for visit in spec.later_visits] == ["M1", "M3", "M6"]
    assert spec.comparison(spec.arms[1]) == "MSC-STD"


@pytest.mark.parametrize(
    "key", ["arms", "reference_arm", "visits", "level", "endpoint", "ratio_decimals", "study", "estimand"]
)
def test_an_absent_key_is_named(key):
    content = rows.spec_slice("HBA1C")
    del content[key]
    with pytest.raises(ConfigError, match="endpoints" if key == "endpoint" else key):
        parse_spec(content, "spec")


@pytest.mark.parametrize(
    ("part", "key"),
    [("study", "design"), *(("estimand", key) for key in rows.spec_slice("HBA1C")["estimand"])],
)
def test_an_absent_text_of_design_or_estimand_is_named(part, key):
    content = rows.spec_slice("HBA1C")
    del content[part][key]
    with pytest.raises(ConfigError, match=key):
        parse_spec(content, "spec")


def test_design_and_the_five_attributes_are_kept_as_written():
    content = rows.spec_slice("HBA1C")
    spec = parse_spec(content, "spec")
    assert spec.study.design == "single blind, two centres"
    assert [text for _, text in estimand_lines(spec)] == list(content["estimand"].values())
    assert [name for name, _ in estimand_lines(spec)] == [
        "Population",
        "Treatments",
        "Variable",
        "Intercurrent events",
        "Population-level summary",
    ]


def test_all_wrong_values_are_reported_at_once():
    content = rows.spec_slice("HBA1C")
    content["reference_arm"] = "PBO"
    content["level"] = 95
    content["endpoint"] = content["endpoint"] | {"scale": "log10", "benefit": "up"}
    with pytest.raises(ConfigError) as caught:
        parse_spec(content, "spec")
    text = caught.value.text()
    assert all(word in text for word in ("PBO", "95", "log10", "up", "4 values"))


def test_another_p_value_format_is_refused():
    with pytest.raises(ConfigError, match="sas4"):
        parse_spec(rows.spec_slice("HBA1C") | {"p_value_format": "three"}, "spec")


def test_the_lock_must_say_whether_the_data_are_synthetic():
    study = parse_spec(rows.spec_slice("HBA1C"), "spec").study
    lock = {key: value for key, value in rows.LOCK.items() if key != "synthetic"}
    with pytest.raises(DataError, match="synthetic"):
        read_stamp(lock, study, "scripts/x.py", "lock.json")
    with pytest.raises(DataError, match="true or false"):
        read_stamp(lock | {"synthetic": "yes"}, study, "scripts/x.py", "lock.json")
