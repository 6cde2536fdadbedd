"""The section `design`: what may have decided who got which treatment, and how it is balanced.

This stage is decided and run without outcomes: its only data are the arm and covariates at baseline.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

BASE_OF = "BASE_"
# Columns of ADSL that are no covariates at baseline: identity, arm, and what became of the subject.
NO_COVARIATES = frozenset(
    ["USUBJID", "ARMCD", "ARM", "TRT01P", "TRT01A", "INDEXRULE", "RESCDT", "DISCDT", "DSDECOD"]
)
Kind = Literal["ATO", "ATE", "ATT"]
Share = Annotated[float, Field(ge=0, le=1)]


class Confounder(Strict):
    """One covariate of the propensity model: a column of ADSL, or `BASE_<PARAMCD>`, an endpoint's baseline.

    The baseline of an endpoint on the log scale enters as ln.
    """

    variable: Text
    """A column of ADSL known at baseline, or BASE_ and the code of an endpoint for its baseline value."""
    kind: Literal["numeric", "factor"]
    """numeric (one slope), or a factor (one column per level but the first)."""

    @model_validator(mode="after")
    def _numeric_baseline(self) -> "Confounder":
        if self.kind == "factor" and self.variable.startswith(BASE_OF):
            raise ValueError(f"{self.variable}: a baseline value is numeric")
        return self


class Truncation(Strict):
    """Shares of the quantiles at which stabilised inverse probability weights (ATE) are clipped."""

    lower: Annotated[float, Field(ge=0, lt=0.5)]
    """Share of the lower quantile, such as 0.01."""
    upper: Annotated[float, Field(gt=0.5, le=1)]
    """Share of the upper quantile, such as 0.99."""


class Positivity(Strict):
    """When the verdict on the overlap of the arms warns and when it fails; decided without outcomes."""

    extreme_score: Annotated[float, Field(gt=0, lt=0.5)]
    """A propensity below this, or above one minus this, is extreme."""
    warn_extreme_share: Share
    """Warn where a larger share of propensities is extreme, or outside the range that the arms share."""
    warn_size_share: Share
    """Warn where the effective sample size of an arm is below this share of its subjects."""
    fail_size_share: Share
    """Fail below this share."""
    fail_size: Annotated[float, Field(ge=0)]
    """Fail where an arm has an effective sample size below this number of subjects."""
    warn_largest_share: Share
    """Warn where one subject carries a larger share of the weight of its arm."""
    warn_difference: Annotated[float, Field(gt=0)]
    """Warn where a standardised difference after weighting is larger; a line of the Love plot."""
    fail_difference: Annotated[float, Field(gt=0)]
    """Fail where it is larger than this; the other line."""
    warn_concordance: Share
    """Warn where the c statistic of the propensity model is larger."""


class Design(Strict):
    """The propensity of the treated arm against the reference arm, and the weights made of it."""

    population: Code
    """The population that is weighed, a name of `populations`."""
    treatment: Literal["TRT01P", "TRT01A"]
    """Treatment as planned (TRT01P) or as received (TRT01A)."""
    treated: Code
    """The arm that is compared with the reference arm; subjects of further arms have no part."""
    covariates: listed(Confounder)  # type: ignore[valid-type]
    """What may have decided about the treatment, and bears on outcomes; main effects."""
    missing_covariate: Literal["stop", "leave out"]
    """stop: name the subjects and weigh nobody. leave out: weigh the others and count those left out."""
    estimator: Literal["logistic", "firth"]
    """logistic: maximum likelihood, and Firth's penalised likelihood where the covariates separate the
    arms. firth: Firth's likelihood always (overlap weights then balance approximately)."""
    kinds: listed(Kind)  # type: ignore[valid-type]
    """Kinds of weights: ATO (overlap: those for whom both treatments were likely), ATE (inverse probability,
    stabilised: all), ATT (the treated)."""
    truncation: Truncation | None
    """Quantiles at which the weights ATE are clipped; null: they are not."""
    positivity: Positivity
    """Thresholds of the verdict on overlap."""


class DesignSections(Strict):
    """The sections of this stage."""

    design: Design | None
    """The design stage of a comparison without randomisation; null for a study without it."""


class CollectCovariatesSpec(Strict):
    """What `collect_covariates` stands on.

    `columns`: those of ADSL with their kind. `baselines`: the scale of each endpoint whose baseline is read.
    """

    population: Code
    treatment: Literal["TRT01P", "TRT01A"]
    arms: listed(Code)  # type: ignore[valid-type]
    columns: dict[str, Literal["text", "number"]]
    baselines: dict[Code, Literal["identity", "log"]]


class WeighSubjectsSpec(Strict):
    """What `weigh_subjects` stands on."""

    treated: Code
    control: Code
    covariates: listed(Confounder)  # type: ignore[valid-type]
    missing_covariate: Literal["stop", "leave out"]
    estimator: Literal["logistic", "firth"]
    kinds: listed(Kind)  # type: ignore[valid-type]
    truncation: Truncation | None
    positivity: Positivity


def baselines(design: Design) -> tuple[str, ...]:
    """Return the endpoints whose baseline values are covariates."""
    names = [covariate.variable for covariate in design.covariates]
    return tuple(name.removeprefix(BASE_OF) for name in names if name.startswith(BASE_OF))


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slices of this stage; none for a study without it."""
    design = study.design
    if design is None:
        return
    kinds: dict[str, Literal["text", "number"]] = {"numeric": "number", "factor": "text"}
    yield (
        "collect_covariates",
        CollectCovariatesSpec(
            population=design.population,
            treatment=design.treatment,
            arms=(design.treated, study.reference_arm),
            columns={
                c.variable: kinds[c.kind] for c in design.covariates if not c.variable.startswith(BASE_OF)
            },
            baselines={code: study.endpoints[code].scale for code in baselines(design)},
        ),
    )
    yield (
        "weigh_subjects",
        WeighSubjectsSpec(
            treated=design.treated,
            control=study.reference_arm,
            **{
                name: getattr(design, name)
                for name in WeighSubjectsSpec.model_fields
                if name not in ("treated", "control")
            },
        ),
    )


def check(study: Any) -> list[str]:
    """Return what the section contradicts in the rest of the study."""
    design = study.design
    if design is None:
        return []
    lines = unknown_name("design.population", design.population, study.populations)
    others = [arm.code for arm in study.arms if arm.code != study.reference_arm]
    lines += unknown_name("design.treated", design.treated, others)
    lines += repeated_names("design.covariates", [c.variable for c in design.covariates])
    lines += repeated_names("design.kinds", design.kinds)
    for code in baselines(design):
        lines += unknown_name("design.covariates: the endpoint of BASE_" + code, code, study.endpoints)
    kinds = study.subject_kinds()
    known = [n for n, k in kinds.items() if k != "date" and n not in {*NO_COVARIATES, *study.populations}]
    for covariate in design.covariates:
        name = covariate.variable
        if name.startswith(BASE_OF):
            continue
        if name in kinds and name not in known:
            lines.append(f"design.covariates: {name} is no covariate that is known at baseline")
        else:
            lines += unknown_name("design.covariates", name, known)
        if kinds.get(name) == "text" and covariate.kind == "numeric":
            lines.append(f"design.covariates: {name} is text in ADSL, not numeric")
    return lines


def check_weighted(study: Any, analysis: Any, kind: str) -> Iterator[str]:
    """Yield what an analysis that uses weights contradicts in the design stage."""
    design = study.design
    if design is None:
        yield f"weights: {kind} are made by the section design, which is null"
        return
    if kind not in design.kinds:
        yield f"weights: {kind} is not among design.kinds ({', '.join(design.kinds)})"
    for name in ("population", "treatment"):
        mine, theirs = getattr(analysis, name), getattr(design, name)
        if mine != theirs:
            yield f"{name}: {mine} is not that of the weights (design.{name}: {theirs})"
