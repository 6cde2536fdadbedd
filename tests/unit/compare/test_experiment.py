"""Mixed runs: as many as tell the changed factors apart, of the right mixture, and honest where one cannot be made."""

from pathlib import Path

import pytest

from trial.compare import experiment
from trial.compare.factors import Factor
from trial.compare.mixed import Mixed
from trial.compare.run import Run
from unit.compare.pairs import results

OLD, NEW = (
    Run(*(Path(name, part) for part in ("raw", "config", "code", "results"))) for name in ("old", "new")
)
VALUES = results(("diff", 1.0)), results(("diff", 1.5))
IN_SCRATCH = Run(Path("s/raw"), Path("s/config"), Path("s/code"), Path("s/results"))


@pytest.fixture
def runs(monkeypatch):
    """Record the mixtures that are run; `fail` names those that stop."""
    made, fail = [], set()

    def run_mixed(mix, old, folder, cores):
        made.append((folder.name, mix))
        stopped = folder.name in fail
        return Mixed(IN_SCRATCH, None if stopped else VALUES[0], "no such module" if stopped else "")

    monkeypatch.setattr(experiment, "run_mixed", run_mixed)
    return made, fail


def perform(*moving, beside=()):
    factors = [
        Factor(name, ("something",) if name in moving else (), name in moving, 3 if name in beside else 0)
        for name in ("data", "config", "code", "environment")
    ]
    return experiment.perform(OLD, NEW, factors, VALUES, Path("scratch"), 2)


def test_one_factor_needs_no_run(runs):
    found = perform("data", beside=("code",))
    assert runs[0] == []
    assert found.experiment.alone == {"data": VALUES[1]}
    assert found.established["data"] == experiment.ITSELF
    assert found.established["code"] == experiment.UNMOVED
    assert found.established["config"] == experiment.UNCHANGED


def test_each_of_several_factors_is_new_alone_once(runs):
    perform("data", "config", "code")
    assert [name for name, _ in runs[0]] == ["data", "config", "code"]
    for name, mix in runs[0]:
        sides = {part: getattr(mix, part) for part in ("data", "config", "code")}
        assert {part for part, side in sides.items() if side is NEW} == {name}
        assert mix.start is OLD


def test_environment_alone_is_what_is_left(runs):
    found = perform("environment")
    assert runs[0] == []
    assert found.experiment.base is VALUES[1]
    assert found.established["environment"] == experiment.ITSELF


def test_environment_is_measured_with_everything_old_and_the_rest_from_there(runs):
    found = perform("data", "environment")
    (name, mix), *others = runs[0]
    assert (name, mix.data, mix.config, mix.code, mix.start) == ("environment", OLD, OLD, OLD, None)
    assert others == [], "what is left after the environment is the data's"
    assert found.experiment.base is VALUES[0]
    runs[0].clear()
    perform("data", "config", "environment")
    assert [(name, mix.start) for name, mix in runs[0][1:]] == [("data", IN_SCRATCH), ("config", IN_SCRATCH)]


def test_run_that_stops_is_said_and_its_factor_inferred(runs):
    runs[1].add("code")
    found = perform("data", "code")
    assert found.experiment.unknown == ["code"]
    assert found.established["code"].startswith("inferred")
    assert "no such module" in found.established["code"]


def test_environment_that_cannot_run_the_old_code_is_inferred(runs):
    runs[1].add("environment")
    found = perform("config", "environment")
    assert found.experiment.unknown == ["environment"]
    assert [name for name, _ in runs[0]] == ["environment", "config"]
