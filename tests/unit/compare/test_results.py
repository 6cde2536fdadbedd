"""Which results changed, by how many of their own standard errors, and which conclusions turned."""

import math

import pytest

from trial.compare.flips import Rule, find_flips
from trial.compare.results import changes, scale_of
from unit.compare.pairs import one, results

OLD = results(
    ("diff", -0.70), ("diff.se", 0.25), ("diff.lower", -1.2), ("diff.upper", -0.2), ("diff.pvalue", 0.007)
)
RULES = {("PRIMARY", "HBA1C"): Rule(0.05)}


def changed(**values):
    """Return OLD with other values by statistic (`_` for a dot)."""
    named = {name.replace("_", "."): value for name, value in values.items()}
    rows = [
        (result.row["statistic"], named.get(result.row["statistic"], result.value)) for result in OLD.values()
    ]
    return results(*rows)


def test_equal_is_equal_to_a_billionth():
    assert changes(OLD, changed(diff=-0.70 * (1 + 9e-10))) == {}
    assert changes(OLD, changed(diff=-0.70 * (1 + 3e-9))) == {one("diff"): "changed"}


def test_noise_around_zero_is_no_change_where_a_standard_error_says_so():
    old, new = results(("diff", 1e-17), ("diff.se", 0.2)), results(("diff", -3e-17), ("diff.se", 0.2))
    assert changes(old, new) == {}
    assert changes(results(("x", 1e-17)), results(("x", -3e-17))) == {one("x"): "changed"}


def test_results_come_and_go():
    new = results(("diff", -0.70), ("new", 1.0))
    found = changes(OLD, new)
    assert found[one("new")] == "appeared"
    assert found[one("diff.pvalue")] == "gone"
    assert next(iter(found)) == one("new"), "what the new run has comes first"


def test_subjects_and_words_alone_are_changes():
    assert changes(OLD, results(("diff", -0.70, {"n": "19.0"}), *_rest())) == {one("diff"): "n"}
    assert changes(OLD, results(("diff", -0.70, {"warning": "few"}), *_rest())) == {one("diff"): "note"}


def test_value_that_is_withheld_is_a_change():
    new = results(("diff", None, {"error": "withheld"}), *_rest())
    assert changes(OLD, new) == {one("diff"): "changed"}
    assert changes(new, new) == {}


def _rest():
    return [(result.row["statistic"], result.value) for result in list(OLD.values())[1:]]


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("diff", 0.25), ("diff.lower", 0.25), ("diff.pvalue", math.nan), ("diff.se", math.nan)],
)
def test_the_standard_error_is_that_of_the_statistic(statistic, expected):
    assert scale_of(OLD, OLD, one(statistic)) == pytest.approx(expected, nan_ok=True)


def test_ratio_has_no_standard_error_of_the_logarithm():
    """GMR stands beside the difference of logarithms, whose SE is no SE of the ratio."""
    rows = results(
        ("diff", 0.1, {"unit": "ln"}), ("diff.se", 0.04, {"unit": "ln"}), ("gmr", 1.1, {"unit": "1"})
    )
    assert math.isnan(scale_of(rows, rows, one("gmr")))
    assert scale_of(rows, rows, one("diff")) == 0.04


def test_mean_has_the_standard_error_of_its_values_and_the_old_one_counts():
    old = results(("AVAL.mean", 9.0), ("AVAL.se", 0.3))
    assert scale_of(old, results(("AVAL.mean", 9.1), ("AVAL.se", 0.5)), one("AVAL.mean")) == 0.3
    assert (
        scale_of(results(("AVAL.mean", 9.0)), results(("AVAL.mean", 9.1), ("AVAL.se", 0.5)), one("AVAL.mean"))
        == 0.5
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"diff_pvalue": 0.06}, {one("diff.pvalue"): "p no longer below 0.05"}),
        ({"diff_pvalue": 0.05}, {one("diff.pvalue"): "p no longer below 0.05"}),
        ({"diff_pvalue": 0.049}, {}),
        ({"diff_upper": 0.1}, {one("diff"): "interval now holds 0"}),
        ({"diff": 0.1}, {one("diff"): "sign turned"}),
        ({"diff": 0.1, "diff_upper": 0.4}, {one("diff"): "sign turned; interval now holds 0"}),
        ({"diff": 0.0}, {}),
    ],
)
def test_conclusions_turn(values, expected):
    assert find_flips(OLD, changed(**values), RULES, RULES) == expected


def test_other_level_turns_a_conclusion_and_moves_no_number():
    wider = {("PRIMARY", "HBA1C"): Rule(0.005)}
    assert find_flips(OLD, OLD, RULES, wider) == {one("diff.pvalue"): "p no longer below 0.005"}
    assert find_flips(OLD, OLD, RULES, {}) == {}, "without a level nothing is concluded"


def test_ratio_turns_at_one_and_a_margin_where_it_lies():
    def gmr(value, lower, upper):
        return results(("gmr", value), ("gmr.lower", lower), ("gmr.upper", upper))

    old, new = gmr(0.8, 0.7, 0.95), gmr(1.2, 0.9, 1.6)
    assert find_flips(old, new, RULES, RULES) == {one("gmr"): "sign turned; interval now holds 1"}
    rules = {("PRIMARY", "HBA1C"): Rule(0.025, margin=1.3, log=True)}
    assert find_flips(old, new, rules, rules) == {one("gmr"): "interval now holds 1.3"}
    logs = [results(("diff", math.log(a)), ("diff.lower", math.log(b)), ("diff.upper", math.log(c)))
            for a, b, c in ((0.8, 0.7, 0.95), (1.2, 0.9, 1.6))]  # fmt: skip
    assert list(find_flips(*logs, rules, rules)) == [one("diff")]


def test_interval_without_an_estimate_is_told_at_its_limit():
    old, new = (results(("rd.mn.lower", low), ("rd.mn.upper", 0.4)) for low in (0.1, -0.1))
    assert find_flips(old, new, RULES, RULES) == {one("rd.mn.lower"): "interval now holds 0"}


def test_arm_that_is_compared_with_nothing_turns_nothing():
    alone = {"comparison": "", "group": "A"}
    old, new = (
        results(("lsmean", v, alone), ("lsmean.lower", v - 1, alone), ("lsmean.upper", v + 1, alone))
        for v in (2, 0.5)
    )
    assert find_flips(old, new, RULES, RULES) == {}


def test_rejection_in_a_family_turns():
    old, new = results(("rejected", 1.0)), results(("rejected", 0.0))
    assert find_flips(old, new, RULES, RULES) == {one("rejected"): "no longer rejected"}
