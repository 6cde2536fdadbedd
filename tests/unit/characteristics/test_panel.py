"""The methods of the simulation are those of the panel: the same numbers as its jobs, for every row."""

from dataclasses import replace

import numpy as np
import pytest

from trial.characteristics.config import Simulation
from trial.characteristics.draw import draw_trials
from trial.characteristics.registry import METHODS, NOT_SIMULATED, PANEL
from trial.characteristics.tabulate import function_of
from trial.study.load import parse, read_yaml
from unit.characteristics.study import ROOT, analyse, panel

PLAN = read_yaml(ROOT / "workflow/characteristics.yaml")


def one_trial(design="F", trial=1):
    """Return the second trial of a design on its own."""
    plan = parse(Simulation, PLAN | {"chunk": 2, "methods": dict.fromkeys(PLAN["methods"], 2)}, "plan.yaml")
    both = draw_trials(plan, design, "LARGE", 0)
    parts = {name: getattr(both, name)[[trial]] for name in ("numbers", "baseline", "covariates", "change")}
    return replace(both, **parts)


@pytest.fixture(scope="module")
def trials():
    return one_trial()


def test_every_row_of_the_panel_is_simulated_or_named_with_its_reason():
    assert set(panel()) == set(PANEL) | set(NOT_SIMULATED)
    assert not set(PANEL) & set(NOT_SIMULATED)
    assert set(PLAN["methods"]) == set(METHODS)


@pytest.mark.parametrize("analysis", list(PANEL))
def test_a_method_gives_the_numbers_of_its_analysis(analysis, trials):
    """Optimisers stop within 1e-8 of each other's gradient; degrees of freedom are the most sensitive."""
    estimate, se, df = analyse(analysis, trials, 0)
    found = function_of(analysis)(trials)
    assert found.estimate[0] == pytest.approx(estimate, abs=1e-6)
    assert found.se[0] == pytest.approx(se, rel=1e-5)
    if np.isfinite(df):
        assert found.df[0] == pytest.approx(df, rel=1e-4)
    else:
        assert np.isinf(found.df[0])
