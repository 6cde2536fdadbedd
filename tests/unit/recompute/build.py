"""A study of one endpoint as the plan would hand it to the independent computation, and its production results."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from trial.recompute.agreement import check_results
from trial.recompute.config import AgreementSpec, DeclaredModel, slices
from trial.recompute.design import Design
from trial.recompute.observations import EVENT_COLUMNS, Sources
from unit.analysis import build

PLAIN = {
    "method": "mmrm", "response": "value", "missing_covariate": "stop", "ladder": ("us",), "sigma_by_arm": False,
    "df_method": "kenward-roger", "coefficient_covariance": "model", "reml": True, "weights": "equal", "at": {},
    "averages": (), "null_value": None, "side": "two-sided", "level": 0.95,
}  # fmt: skip


def declared(config, described=None, events=(), limit=50.0):
    """Return the slice of the rule, cut from a study whose one analysis is `config`."""
    described = described or build.spec()
    estimand = SimpleNamespace(
        intercurrent_events=dict.fromkeys((code for code, _ in events), "hypothetical")
    )
    known = {code: SimpleNamespace(days=days, concerns=lambda _: True) for code, days in events}
    study = SimpleNamespace(
        analyses={"PRIMARY": config},
        arms=described.arms,
        reference_arm=described.reference_arm,
        visits=described.visits,
        endpoints={"FPG": described.endpoint},
        estimands={None: estimand} if events else {},
        intercurrent_events=known,
        below_limit=SimpleNamespace(describe_only_above_pct=limit),
    )
    ((name, found),) = slices(study)
    assert name == "check_agreement"
    return found


def agreement(data, config, described=None, rows=None, adsl=None, **changes):
    """Return the findings about the production results of an endpoint, or about the rows that are given."""
    if rows is None:
        rows = build.run(data, config, described, adsl=adsl).rows
    sources = Sources(
        build.subjects(data) if adsl is None else adsl,
        {"FPG": data},
        pd.DataFrame(columns=list(EVENT_COLUMNS)),
    )
    return check_results(declared(config, described, **changes), sources, {"FPG": rows})


def longer(per_arm=14, visits=("M1", "M3"), codes=("ACT", "REF"), seed=3):
    """Return records of which some responses are missing, with two covariates in ADSL."""
    rng = np.random.default_rng(seed)
    data = build.records(codes, per_arm, seed)
    lost = (data["ABLFL"] == "") & (rng.uniform(size=len(data)) < 0.2)
    data = data[~lost].reset_index(drop=True)
    ids = sorted(set(data["USUBJID"]))
    adsl = build.subjects(
        data,
        AGE=rng.normal(60, 8, len(ids)).round(),
        SEX=rng.choice(["F", "M", "U"], len(ids), p=(0.5, 0.3, 0.2)),
    )
    return data, adsl


def design(rows, arms, visits, covariates=(), **changes):
    """Return the design of rows USUBJID, ARM, AVISIT, Y and covariates (name, kind); the first arm is the reference."""
    model = DeclaredModel(
        **PLAIN | changes,
        covariates=tuple({"variable": name, "kind": kind, "by_visit": False} for name, kind in covariates),
        comparisons=tuple(
            {"name": f"{arm}-{arms[0]}", "weights": {arm: 1.0, arms[0]: -1.0}} for arm in arms[1:]
        ),
    )
    described = AgreementSpec(
        analysis="PRIMARY", method="mmrm", population="FASFL", treatment="TRT01P", arms=tuple(arms),
        reference_arm=arms[0], visits=tuple(visits), endpoints=(), model=model, describe_only_above_pct=50.0,
        other_scales={}, derived=True,
    )  # fmt: skip
    return Design.of(rows, described, log=False), described
