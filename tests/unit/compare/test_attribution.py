"""A change belongs to the factor that alone makes it; what none makes alone belongs to all together."""

import pytest

from trial.compare.attribution import Experiment, attribute, moved
from unit.compare.pairs import one, results

IT = one("diff")


def value(number):
    return results(("diff", number), ("diff.se", 0.2))


def cause(old, new, **alone):
    runs = {name: None if run is None else value(run) for name, run in alone.items()}
    return attribute(Experiment(value(old), value(new), runs), IT)


@pytest.mark.parametrize(
    ("old", "new", "alone", "factors", "parts"),
    [
        (1.0, 1.5, {"data": 1.5}, ("data",), {"data": 0.5}),
        (1.0, 1.5, {"data": 1.5, "config": 1.0}, ("data",), {"data": 0.5}),
        (1.0, 1.5, {"data": 1.2, "config": 1.3}, ("data", "config"), {"data": 0.2, "config": 0.3}),
        (1.0, 1.5, {"data": 1.2, "config": 1.2}, ("data", "config", "together"), {"data": 0.2, "config": 0.2, "together": 0.1}),
        (1.0, 1.5, {"data": 1.0, "config": 1.0}, ("together",), {"together": 0.5}),
        (1.0, 1.5, {"data": 1.2, "config": 1.0}, ("data", "together"), {"data": 0.2, "together": 0.3}),
        (1.0, 1.5, {"data": 1.2, "code": None}, ("data", "code"), {"data": 0.2, "code": 0.3}),
        (1.0, 1.5, {"data": 1.5, "code": None}, ("data",), {"data": 0.5}),
        (1.0, 1.5, {"config": None, "code": None}, ("config", "code"), {"together": 0.5}),
    ],
    ids=["one factor", "the other moves nothing", "both, adding up", "both, not adding up", "neither alone", "less than all",
         "no run of the code", "nothing left for the code", "no runs"],
)  # fmt: skip
def test_parts_and_rest(old, new, alone, factors, parts):
    found = cause(old, new, **alone)
    assert found.factors == factors
    assert dict(found.parts) == pytest.approx(parts)


def test_result_that_went_belongs_to_the_factor_that_takes_it_away():
    """That the data moved it as well is no cause of its going."""
    nothing = results(("other", 1.0))
    experiment = Experiment(value(1.0), nothing, {"data": value(1.3), "config": nothing})
    assert attribute(experiment, IT).factors == ("config",)
    back = Experiment(nothing, value(1.0), {"data": nothing, "config": value(1.3)})
    assert attribute(back, IT).factors == ("config",)


def test_environment_is_told_by_everything_old_in_the_present_one():
    experiment = Experiment(value(1.0), value(1.5), {"data": value(1.5)}, True, value(1.1))
    found = attribute(experiment, IT)
    assert found.factors == ("data", "environment")
    assert dict(found.parts) == pytest.approx({"data": 0.4, "environment": 0.1})
    unmoved = Experiment(value(1.0), value(1.5), {"data": value(1.5)}, True, value(1.0))
    assert attribute(unmoved, IT).factors == ("data",)
    alone = Experiment(value(1.0), value(1.5), {}, True, value(1.5))
    assert attribute(alone, IT).factors == ("environment",)


def test_environment_that_could_not_be_rerun_is_never_ruled_out():
    experiment = Experiment(value(1.0), value(1.5), {"data": value(1.2)}, True, None)
    assert attribute(experiment, IT).factors == ("data", "environment")
    whole = Experiment(value(1.0), value(1.5), {"data": value(1.5)}, True, None)
    assert attribute(whole, IT).factors == ("data", "environment")


def test_numbers_of_moved_results_are_of_the_factor_alone():
    experiment = Experiment(value(1.0), value(1.5), {"data": value(1.5), "config": value(1.0), "code": None})
    assert moved(experiment, [IT]) == {"data": 1, "config": 0}
