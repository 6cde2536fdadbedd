"""The engine's fits that the reference tests ask for, each made once, and the numbers read from them.

Everything that depends on the spelling of the engine's face is here.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import patsy

from mmrm import MMRM
from mmrm.ladder import fit_ladder
from reference.datasets import load


@dataclass(frozen=True)
class Spec:
    """What identifies a fit: data set, model and inference."""

    data: str
    formula: str
    subject: str
    visit: str
    covariance: str = "us"
    group: str | None = None
    weights: str | None = None
    reml: bool = True
    time: str | tuple[str, ...] | None = None
    df_method: str = "satterthwaite"
    cov_type: str = "model"
    information: str = "observed"
    precision: str | None = None


@cache
def fit_of(spec: Spec):
    """Fit ``spec``; the same object for the same spec."""
    time = list(spec.time) if isinstance(spec.time, tuple) else spec.time
    model = MMRM.from_formula(
        spec.formula,
        load(spec.data),
        subject=spec.subject,
        visit=spec.visit,
        covariance=spec.covariance,
        group=spec.group,
        weights=spec.weights,
        reml=spec.reml,
        time=time,
        precision=spec.precision,
    )
    return model.fit(df_method=spec.df_method, cov_type=spec.cov_type, information=spec.information)


def deviance(spec: Spec) -> float:
    """-2 (restricted) log-likelihood."""
    return float(fit_of(spec).deviance)


def plain_name(name: str) -> str:
    """A patsy column name in R's spelling: ``ARMCD[T.TRT]:AVISIT[T.VIS2]`` -> ``ARMCDTRT:AVISITVIS2``."""
    return "(Intercept)" if name == "Intercept" else name.replace("[T.", "").replace("]", "")


@cache
def column_of(spec: Spec, name: str) -> str:
    """The engine's column with R's name ``name``, whatever the order of the factors of an interaction."""
    wanted = sorted(name.split(":"))
    found = [c for c in fit_of(spec).params.index if sorted(plain_name(c).split(":")) == wanted]
    assert len(found) == 1, f"{name}: found {found} in {list(fit_of(spec).params.index)}"
    return found[0]


def coefficient(spec: Spec, attribute: str, name: str) -> float:
    """One entry of ``params``, ``bse``, ``df``, ``tvalues`` or ``pvalues``, by R's name."""
    return float(getattr(fit_of(spec), attribute)[column_of(spec, name)])


def limit(spec: Spec, name: str, side: str) -> float:
    """The lower or upper 95% confidence limit of a coefficient."""
    return float(fit_of(spec).conf_int().loc[column_of(spec, name), side])


def coefficient_covariance(spec: Spec, row: str, column: str) -> float:
    """One entry of the covariance matrix of the coefficients, by R's names."""
    return float(fit_of(spec).cov_params().loc[column_of(spec, row), column_of(spec, column)])


def sigma(spec: Spec, group: str | None = None) -> np.ndarray:
    """Covariance matrix over the visits (of one covariance group)."""
    value = fit_of(spec).sigma
    return np.asarray(value if group is None else value[group])


def natural_parameter(spec: Spec, name: str) -> float:
    """A covariance parameter of a fit without groups, by the engine's name for it."""
    table = fit_of(spec).theta
    return float(table.loc[table["parameter"] == name, "estimate"].item())


@cache
def design_of(spec: Spec):
    """Patsy's design of the rows the model uses."""
    data = load(spec.data)
    response, right = spec.formula.split("~")
    used = data[data[response.strip()].notna()]
    return patsy.dmatrix(right, used), used


def mean_row(spec: Spec, **levels: object) -> np.ndarray:
    """Coefficients of an LS mean with equal weights and covariates at their mean, from patsy alone."""
    design, used = design_of(spec)
    factors = {f.name(): info for f, info in design.design_info.factor_infos.items()}
    axes = {
        name: [levels[name]]
        if name in levels
        else list(info.categories if info.type == "categorical" else [None])
        for name, info in factors.items()
    }
    grid = pd.MultiIndex.from_product(axes.values(), names=list(axes)).to_frame(index=False)
    for name, info in factors.items():
        if info.type == "numerical":
            grid[name] = levels.get(name, float(used[name].mean()))
        else:
            grid[name] = pd.Categorical(grid[name], categories=list(info.categories))
    rows = patsy.build_design_matrices([design.design_info], grid)[0]
    row = pd.Series(np.asarray(rows).mean(axis=0), index=design.design_info.column_names)
    return row[list(fit_of(spec).params.index)].to_numpy()


def contrast(spec: Spec, row: np.ndarray) -> dict[str, float]:
    """Estimate, standard error and df of one linear combination of coefficients."""
    fit = fit_of(spec)
    estimate = float(row @ fit.params.to_numpy())
    se = float(np.sqrt(row @ fit.cov_params().to_numpy() @ row))
    return {"estimate": estimate, "se": se, "df": joint_test(spec, row[None, :])["den_df"]}


def joint_test(spec: Spec, rows: np.ndarray) -> dict[str, float]:
    """F test of several rows."""
    result = fit_of(spec).test(np.asarray(rows, dtype=float))
    return {"num_df": result.df_num, "den_df": result.df_den, "F": result.statistic, "p": result.pvalue}


@cache
def terms_table(spec: Spec, kind: str) -> pd.DataFrame:
    """``type2`` or ``type3`` tests, one row per term: num_df, den_df, F, p."""
    names = {"df_num": "num_df", "df_den": "den_df", "statistic": "F", "pvalue": "p"}
    return getattr(fit_of(spec), kind)().set_index("term").rename(columns=names)


def _term_test(kind: str, spec: Spec, term: str, column: str) -> float:
    wanted = sorted(term.split(":"))
    table = terms_table(spec, kind)
    return float(table.loc[[sorted(t.split(":")) == wanted for t in table.index], column].item())


def type3(spec: Spec, term: str, column: str) -> float:
    """One number of the type 3 table; a term may be written in any order of its factors."""
    return _term_test("type3", spec, term, column)


def type2(spec: Spec, term: str, column: str) -> float:
    """One number of the type 2 table."""
    return _term_test("type2", spec, term, column)


@cache
def lsmeans_table(spec: Spec, factor: str, by: str | None, weights: str) -> pd.DataFrame:
    """LS means of the engine."""
    return fit_of(spec).lsmeans(factor, by=by, weights=weights)


@cache
def contrasts_table(spec: Spec, factor: str, by: str | None, reference: str) -> pd.DataFrame:
    """Differences of LS means from a reference level, equal weights."""
    return fit_of(spec).contrasts(factor, by=by, reference=reference)


@cache
def ancova_table(spec: Spec, factor: str, by: str, reference: str) -> pd.DataFrame:
    """Differences from a reference level by the last rung of a ladder, an ANCOVA at each visit."""
    ladder = fit_ladder(spec.formula, load(spec.data), spec.subject, spec.visit, rungs=("ancova",))
    return ladder.fit.contrasts(factor, by=by, reference=reference)


def cell(table: pd.DataFrame, column: str, **levels: object) -> float:
    """The value of ``column`` in the row with the given levels."""
    chosen = table
    for name, level in levels.items():
        chosen = chosen[chosen[name].astype(str) == str(level)]
    return float(chosen[column].item())
