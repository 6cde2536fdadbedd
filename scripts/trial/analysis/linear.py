"""The configuration that linear models of repeated measures share: covariates, LS means, comparisons."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from trial.analysis.config import Analysis
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

BASE, BASE_OF = "BASE", "BASE_"
# "ancova" is the last resort: a separate analysis of covariance at each visit.
Structure = Literal["us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh", "ancova"]


class Covariate(Strict):
    """One covariate: `BASE` (the endpoint's own baseline), `BASE_<PARAMCD>` (another's), or a column of ADSL.

    Baseline values enter as ln where their endpoint is on the log scale. `by_visit`: with its interaction
    with visit.
    """

    variable: Text
    """BASE (the endpoint's own baseline value), BASE_ and the code of another endpoint, or a column of
    ADSL."""
    kind: Literal["numeric", "factor"]
    """numeric, or a factor whose levels are compared."""
    by_visit: bool
    """Whether the covariate's effect may differ between visits (its interaction with visit)."""

    @model_validator(mode="after")
    def _numeric_baseline(self) -> "Covariate":
        if self.kind == "factor" and (self.variable == BASE or self.variable.startswith(BASE_OF)):
            raise ValueError(f"{self.variable}: a baseline value is numeric")
        return self


class LsMeans(Strict):
    """Where LS means stand: weights of the other factors' levels, and covariates not at their mean.

    `at`: the value of a numeric covariate in its own unit (also on the log scale), or the level of a factor.
    """

    weights: Literal["equal", "proportional", "counterfactual"]
    """How the levels of other factors count: equal (SAS default), proportional (SAS OM), counterfactual
    (every subject's own values, averaged)."""
    at: dict[str, float | str]
    """Covariates that do not stand at their mean: the value in the endpoint's own unit, or the level of
    a factor."""


class Contrast(Strict):
    """A named contrast of arms at each visit, for example a dose trend; the weights sum to zero."""

    label: Text
    """Name for readers."""
    weights: Annotated[dict[Code, float], Field(min_length=2)]
    """Weight of each arm; they sum to zero."""

    @model_validator(mode="after")
    def _sum(self) -> "Contrast":
        if abs(sum(self.weights.values())) > 1e-9 or not any(self.weights.values()):
            raise ValueError(f"the weights of a contrast sum to zero, found {sum(self.weights.values()):g}")
        return self


class Average(Strict):
    """LS means and comparisons averaged over visits, each visit with the same weight."""

    label: Text
    """Name for readers."""
    visits: listed(Code)  # type: ignore[valid-type]
    """The visits averaged, each with the same weight."""


class Comparisons(Strict):
    """Which arms are compared, and against which null hypothesis.

    `null_value`: null for no difference; else the margin, as a difference or (log scale) a ratio. `side`: the
    alternative; confidence intervals stay two-sided.
    """

    arms: Literal["reference", "all pairs"]
    """Each arm with the reference arm, or all pairs; the reference is the second arm of its pairs."""
    contrasts: dict[Code, Contrast]
    """Further comparisons by code, each a weighted sum of arms, for example a dose trend."""
    averages: dict[Code, Average]
    """LS means and comparisons averaged over visits, by code."""
    null_value: float | None
    """The difference (log scale: the ratio) under the null hypothesis; null for no difference."""
    side: Literal["two-sided", "greater", "less"]
    """The alternative: two-sided, or the comparison greater or less than the null value. Limits stay
    two-sided."""

    def weights(self, arms: Iterable[str], reference: str) -> dict[str, Mapping[str, float]]:
        """Return the weights of every comparison by its code: pairs of `arms` in their order, then the named.

        The reference arm is the second of each of its pairs, wherever it stands.
        """
        ordered = sorted(arms, key=reference.__eq__)
        pairs = [pair for pair in combinations(ordered, 2) if reference in pair or self.arms == "all pairs"]
        found: dict[str, Mapping[str, float]] = {f"{a}-{b}": {a: 1.0, b: -1.0} for a, b in pairs}
        return found | {code: contrast.weights for code, contrast in self.contrasts.items()}


class Adjusted(Analysis):
    """What every model of an endpoint with covariates has in common.

    `response`: change from baseline or the value itself; on the log scale the ln ratio to baseline or the ln
    value. `missing_covariate`: stop and name the subjects, or leave them out and count them.
    """

    plays: ClassVar[tuple[str, ...]] = ("effect",)

    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are analysed: all, or a list of codes."""
    response: Literal["change", "value"]
    """change (log scale: ln ratio to baseline), or the value itself (log scale: its ln)."""
    covariates: Annotated[tuple[Covariate, ...], Field(strict=False)]
    """The covariates beside arm and visit; none is added silently."""
    missing_covariate: Literal["stop", "leave out"]
    """stop: name the subjects and fit nothing. leave out: fit the others and count those left out."""
    level: Annotated[float, Field(gt=0.5, lt=1)]
    """Confidence level of intervals, such as 0.95."""

    def columns(self) -> Mapping[str, str]:
        """Return the covariates that stand in ADSL, with the kind of their column."""
        kinds = {"numeric": "number", "factor": "text"}
        return {c.variable: kinds[c.kind] for c in self.covariates if _of_adsl(c.variable)}

    def baselines(self) -> tuple[str, ...]:
        """Return the endpoints whose baseline is a covariate, beside the analysed one's own."""
        names = [c.variable for c in self.covariates if c.variable != BASE and not _of_adsl(c.variable)]
        return tuple(name.removeprefix(BASE_OF) for name in names)

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield wrong names and kinds of covariates."""
        names = [covariate.variable for covariate in self.covariates]
        yield from repeated_names("covariates", names)
        known = study.subject_kinds()
        for covariate in self.covariates:
            name = covariate.variable
            if _of_adsl(name):
                yield from unknown_name("covariates", name, [BASE, *known])
            found = known.get(name, "")
            if found == "date" or (found == "text" and covariate.kind == "numeric"):
                yield f"covariates: {name} is a {found} in ADSL, not {covariate.kind}"


class Compared(Adjusted):
    """What analyses have in common that compare arms by a linear model at every visit."""

    comparisons: Comparisons
    """Which arms are compared, and against which null value."""

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield wrong names of covariates, arms and visits, and keys that are only for one scale or kind."""
        yield from super().check(study, paramcds)
        yield from self._check_comparisons(study, paramcds)

    def _check_comparisons(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        arms = [arm.code for arm in study.arms]
        after = [visit.code for visit in study.visits if not visit.baseline]
        for name, contrast in self.comparisons.contrasts.items():
            for arm in contrast.weights:
                yield from unknown_name(f"comparisons.contrasts.{name}.weights", arm, arms)
        for name, average in self.comparisons.averages.items():
            for visit in average.visits:
                yield from unknown_name(f"comparisons.averages.{name}.visits", visit, after)
            if name in [visit.code for visit in study.visits]:
                yield f"comparisons.averages.{name}: a visit has this code"
        logs = {study.endpoints[code].scale == "log" for code in paramcds}
        if self.comparisons.null_value is not None:
            if len(logs) > 1:
                yield "comparisons.null_value: endpoints on the log scale need an analysis of their own"
            elif True in logs and self.comparisons.null_value <= 0:
                yield "comparisons.null_value: on the log scale the margin is a ratio, above 0"


class LinearModel(Compared):
    """What the MMRM and the ANCOVA of single visits have in common."""

    plays: ClassVar[tuple[str, ...]] = ("model", "effect")

    lsmeans: LsMeans
    """Where least-squares means stand."""

    @property
    def ladder(self) -> tuple[str, ...]:
        """The structures to try, in order; a method overrides it."""
        return ("ancova",)

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what `Compared` does, and wrong names of covariates where LS means stand."""
        yield from super().check(study, paramcds)
        for name in self.lsmeans.at:
            yield from unknown_name("lsmeans.at", name, [covariate.variable for covariate in self.covariates])


def _of_adsl(variable: str) -> bool:
    return variable != BASE and not variable.startswith(BASE_OF)
