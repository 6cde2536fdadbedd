"""Adjusted p-values of a family: printed examples, rules as graphs, and the rows of the analysis."""

from itertools import combinations
from math import nan

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from trial.analysis.data import AnalysisData
from trial.analysis.methods import multiplicity
from trial.analysis.multiple.procedures import adjust, chain, equal_graph, graph
from trial.plan.load import load_study
from trial.study.ard import ARD, result_rows
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import COMMON, spec
from unit.subjects.test_books import ROOT

EXAMPLE = (0.012, 0.031, 0.0008, 0.048, 0.20, 0.019, 0.040)
ADJUSTED = {
    "fixed sequence": (0.012, 0.031, 0.031, 0.048, 0.2, 0.2, 0.2),
    "holm": (0.072, 0.124, 0.0056, 0.124, 0.2, 0.095, 0.124),
    "hochberg": (0.072, 0.096, 0.0056, 0.096, 0.2, 0.095, 0.096),
    "benjamini-hochberg": (0.042, 0.05425, 0.0056, 0.056, 0.2, 0.0443333333, 0.056),
}
# Two primary and two secondary hypotheses: the parent passes all to its child, which passes to the other parent.
SUCCESSIVE = (
    np.array([0.5, 0.5, 0, 0]),
    np.array([[0, 0, 1.0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]]),
)


@pytest.mark.parametrize("rule", ADJUSTED)
def test_each_rule_on_one_family(rule):
    assert adjust(EXAMPLE, rule).pvalues == pytest.approx(ADJUSTED[rule], abs=1e-9)


@pytest.mark.parametrize(
    ("pvalues", "weights", "moves", "expected"),
    [
        ((0.01, 0.02, 0.03, 0.05), *SUCCESSIVE, (0.02, 0.04, 0.06, 0.06)),
        ((0.01,) * 4, *SUCCESSIVE, (0.02,) * 4),
        (
            (0.01, 0.02, 0.03, 0.05), (0.5, 0.5, 0, 0),
            ((0, 0.5, 0.5, 0), (0.5, 0, 0, 0.5), (0, 1, 0, 0), (1, 0, 0, 0)), (0.02, 0.0266666667, 0.06, 0.06),
        ),
        (
            (0.02, 0.02, 0.03, 0.04), (1, 0, 0, 0),
            ((0, 0.5, 0.5, 0), (0, 0, 0, 1), (0, 0.5, 0, 0.5), (0, 1, 0, 0)), (0.02, 0.04, 0.06, 0.06),
        ),
        ((0.01, 0.04, 0.02), (1 / 3,) * 3, ((0, 1, 0), (0, 0, 1), (0.5, 0.5, 0)), (0.03, 0.06, 0.06)),
    ],
    ids=["successive", "ties", "successive 2", "Huque-Alosh-Bhore", "Wiens-Dmitrienko"],
)  # fmt: skip
def test_published_graphs(pvalues, weights, moves, expected):
    found = graph(np.array(pvalues), np.array(weights), np.array(moves))
    assert found.pvalues == pytest.approx(expected, abs=1e-9)


def closed(pvalues, weights, moves):
    """Return adjusted p-values by testing every intersection of hypotheses: another road to the same end."""

    def share(subset):
        w, g, left = weights.copy(), moves.copy(), list(range(len(weights)))
        for j in [j for j in left if j not in subset]:
            left.remove(j)
            w, old = w + w[j] * g[j], g.copy()
            for k in left:
                loop = old[k, j] * old[j, k]
                for other in left:
                    moved = old[k, other] + old[k, j] * old[j, other]
                    g[k, other] = moved / (1 - loop) if k != other and loop < 1 else 0.0
        return w

    found = np.zeros(len(pvalues))
    for size in range(1, len(pvalues) + 1):
        for subset in combinations(range(len(pvalues)), size):
            w = share(subset)
            smallest = min([pvalues[j] / w[j] if w[j] > 0 else np.inf for j in subset])
            for j in subset:
                found[j] = max(found[j], min(1.0, smallest))
    return found


@pytest.mark.parametrize("seed", range(10))
def test_random_graphs_are_the_closed_test(seed):
    rng = np.random.default_rng(seed)
    moves = rng.dirichlet(np.ones(5), 5) * (1 - np.eye(5)) * rng.integers(0, 2, (5, 5))
    weights, pvalues = rng.dirichlet(np.ones(6))[:5], rng.uniform(0, 0.2, 5)
    assert graph(pvalues, weights, moves).pvalues == pytest.approx(closed(pvalues, weights, moves), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_holm_and_fixed_sequence_are_graphs(seed):
    pvalues = np.random.default_rng(seed).uniform(0, 0.3, 6)
    holm = adjust(pvalues, "holm")
    assert graph(pvalues, *equal_graph(6)).pvalues == pytest.approx(holm.pvalues, abs=1e-12)
    assert graph(pvalues, *equal_graph(6)).order == holm.order
    assert graph(pvalues, *chain(6)).pvalues == pytest.approx(np.maximum.accumulate(pvalues), abs=1e-15)


def test_a_graph_of_one_hypothesis_without_share_rejects_nothing():
    assert graph(np.array([1e-9]), np.array([0.0]), np.zeros((1, 1))).pvalues == (1.0,)


@pytest.mark.parametrize("rule", ADJUSTED)
def test_a_missing_p_stays_in_the_family(rule):
    found = adjust((0.01, nan, 0.03), rule).pvalues
    # Left out of the family, Holm would give .02 and .03.
    expected = {"fixed sequence": (0.01, 1, 1), "holm": (0.03, 1, 0.06), "hochberg": (0.03, 1, 0.06)}
    assert found == pytest.approx(expected.get(rule, (0.03, 1, 0.045)), abs=1e-12)


CONFIG = COMMON | {
    "method": "multiplicity", "endpoints": None, "primary": False, "analysis": "PRIMARY", "rule": "holm",
    "graph": None, "alpha": 0.05, "chosen": {"day": "2020-01-01", "by": "us", "reason": "No order."},
    "family": [
        {"code": code, "endpoint": code, "visit": "M3", "comparison": "ACT-REF"} for code in ("FPG", "TNFA", "IL1B")
    ],
}  # fmt: skip
GRAPH = {
    "weights": {"FPG": 1.0, "TNFA": 0, "IL1B": 0},
    "transitions": {"FPG": {"TNFA": 0.5, "IL1B": 0.5}, "TNFA": {"IL1B": 1}, "IL1B": {"TNFA": 1}},
}


def results(pvalues):
    rows = []
    for code, value in pvalues.items():
        place = {"analysis": "PRIMARY", "endpoint": code}
        warning = "half below the limit" if code == "TNFA" else ""
        rows.append(place | {"statistic": "n_subjects", "value": 60.0, "warning": warning})
        error = "withheld" if np.isnan(value) else ""
        where = {"visit": "M3", "comparison": "ACT-REF", "statistic": "diff.pvalue", "n": 50.0}
        rows.append(place | where | {"value": value, "error": error})
    return result_rows(rows)


def run(pvalues, **changes):
    config = multiplicity.Config.model_validate(CONFIG | changes)
    described = spec(name="FAMILY").model_copy(update={"endpoint": None})
    adsl = pd.DataFrame({"USUBJID": ["ACT1", "REF1"], "FASFL": "Y", "TRT01P": ["ACT", "REF"]})
    empty = pd.DataFrame()
    found = results(pvalues) if pvalues else pd.DataFrame(columns=list(ARD))
    data = AnalysisData.of(described, config, adsl, empty, {}, "", {}, found)
    return multiplicity.run(data, config)


def table(outcome):
    return outcome.rows.pivot(index="comparison", columns="statistic", values="value")


def test_rows_have_raw_and_adjusted_p_and_the_decision():
    outcome = run({"FPG": 0.01, "TNFA": 0.04, "IL1B": 0.02})
    found = table(outcome)
    assert found.loc["FPG"].tolist() == pytest.approx([1, 0.01, 0.03, 1])
    assert found["pvalue.adjusted"].to_dict() == pytest.approx({"FPG": 0.03, "IL1B": 0.04, "TNFA": 0.04})
    assert outcome.rows["endpoint"].eq("").all()
    warned = outcome.rows.loc[outcome.rows["warning"] != "", ["comparison", "warning"]].drop_duplicates()
    assert warned.to_numpy().tolist() == [["TNFA", "half below the limit"]]
    assert outcome.record["chosen"]["day"] == "2020-01-01"


def test_a_withheld_and_an_absent_p_value_are_not_rejected_and_say_why():
    outcome = run({"FPG": 0.02, "TNFA": nan})
    found = table(outcome)
    assert found["rejected"].to_dict() == {"FPG": 0, "IL1B": 0, "TNFA": 0}
    assert found.loc["FPG", "pvalue.adjusted"] == pytest.approx(0.06)
    errors = outcome.rows.set_index(["comparison", "statistic"])["error"]
    assert errors["TNFA", "pvalue.adjusted"] == "withheld"
    assert errors["IL1B", "pvalue"] == "the analysis has no such comparison"


def test_everything_missing_is_an_outcome():
    assert table(run({}))["rejected"].eq(0).all()


def test_a_p_value_on_alpha_rejects_and_one_above_does_not():
    one = {"family": CONFIG["family"][:1]}
    assert table(run({"FPG": 0.05}, **one)).loc["FPG", "rejected"] == 1
    assert table(run({"FPG": 0.050001}, **one)).loc["FPG", "rejected"] == 0


def test_a_graph_follows_its_configuration():
    found = table(run({"FPG": 0.02, "TNFA": 0.04, "IL1B": 0.02}, rule="graph", graph=GRAPH))
    assert found["pvalue.adjusted"].to_dict() == pytest.approx({"FPG": 0.02, "IL1B": 0.04, "TNFA": 0.04})
    assert found["order"].to_dict() == {"FPG": 1, "IL1B": 2, "TNFA": 3}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"graph": GRAPH}, "belongs to rule: graph"),
        ({"rule": "graph"}, "belongs to rule: graph"),
        ({"rule": "graph", "graph": GRAPH | {"weights": {"FPG": 1, "TNFA": 0.1, "IL1B": 0}}}, "together at most 1"),
        ({"rule": "graph", "graph": GRAPH | {"weights": {"FPG": 1}}}, "name each of FPG, TNFA, IL1B"),
        (
            {"rule": "graph", "graph": GRAPH | {"transitions": GRAPH["transitions"] | {"FPG": {"FPG": 1}}}},
            "not another hypothesis",
        ),
        ({"rule": "bonferroni"}, "rule"),
        ({"alpha": 0}, "alpha"),
    ],
)  # fmt: skip
def test_bad_families_are_refused(changes, text):
    with pytest.raises(ValidationError, match=text):
        multiplicity.Config.model_validate(CONFIG | changes)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda a: a["family"][0].update(endpoint="HBA1"), "family.HBA1C.endpoint: 'HBA1' is not one of"),
        (lambda a: a["family"][0].update(visit="M5"), "family.HBA1C.visit: 'M5' is not one of"),
        (lambda a: a["family"][0].update(comparison="STD-CELL"), "'STD-CELL' is not one of CELL-STD"),
        (lambda a: a["family"].append(a["family"][0]), "'HBA1C' stands 2 times"),
        (lambda a: a.update(analysis="OBSERVED"), "OBSERVED compares no arms"),
        (lambda a: a.update(analysis="NO_RESCUE"), "estimand: NO_RESCUE has HYPOTHETICAL"),
    ],
)
def test_what_the_study_does_not_have_is_refused(tmp_path, change, text):
    content = read_yaml(ROOT / "config.yaml")
    change(content["analyses"]["SEVEN_ENDPOINTS"])
    with pytest.raises(ConfigError) as caught:
        load_study(content, "config.yaml")
    assert text in str(caught.value)
