"""The design stage as outputs name it: kinds of weights, covariates, statistics of the balance rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.results import Statistic
from trial.display.spec import Arm
from trial.study.errors import DataError

RAW = "NONE"
# Kind of weights: its name, and whose effect weighted comparisons estimate.
KINDS = {
    RAW: "Unweighted",
    "ATO": "Overlap weights (ATO)",
    "ATE": "Inverse probability weights, stabilised (ATE)",
    "ATT": "Weights of the treated (ATT)",
}
VERDICTS = ("Pass", "Warning", "Fail")
SMD = (
    "SMD: (weighted) mean of {treated} minus that of {control}, divided by sqrt((s₁² + s₀²) / 2), s² the "
    "unweighted variances of the arms, the same before and after weighting; of a share, p (1 − p). A factor "
    "of more than two levels has the unsigned distance of its shares."
)
ESS = "ESS: effective sample size of an arm, (Σ w)² / Σ w²."
ESTIMATORS = {
    "logistic": "logistic regression by maximum likelihood",
    "firth": "logistic regression by Firth's penalised likelihood",
}


@dataclass(frozen=True)
class Line:
    """One line of a balance output: a covariate, or a level of a factor; `level` empty for the covariate."""

    variable: str
    level: str
    label: str
    has_smd: bool


@dataclass(frozen=True)
class Balance:
    """The balance rows of an output's analysis, looked up by kind, covariate, level and statistic."""

    context: Context

    @property
    def record(self) -> dict[str, object]:
        """What the analysis recorded."""
        (record,) = self.context.records["balance"]
        return dict(record)

    @property
    def kinds(self) -> list[str]:
        """The kinds of weights, in the order of the study."""
        found = self.record["kinds"]
        assert isinstance(found, list)
        return [str(kind) for kind in found]

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """The treated and the control arm."""
        spec = self.context.spec
        return spec.arm(str(self.record["treated"])), spec.reference

    @property
    def lines(self) -> list[Line]:
        """The covariates in order; of two levels the second one stands, of more all."""
        names, covariates = self.record["names"], self.record["covariates"]
        if not isinstance(names, dict) or not isinstance(covariates, list):
            raise DataError("record of balance", "expected names and covariates, found others")
        return [line for name, levels in covariates for line in _lines(name, names[name], levels)]

    def get(self, kind: str, line: Line, what: str, arm: Arm | None = None) -> Statistic:
        """Return a statistic of a covariate; differences belong to the covariate, shares to a level."""
        level = line.level if what == "pct" else ""
        return self.find(kind, line.variable, level, what, arm)

    def find(self, kind: str, variable: str, level: str, what: str, arm: Arm | None = None) -> Statistic:
        """Return a statistic by the parts of its name."""
        name = ".".join(part for part in (kind, variable, level, what) if part)
        treated, control = self.arms
        group = arm.code if arm else f"{treated.code}-{control.code}" if what in ("smd", "vr") else ""
        return self.context.results["balance"].get("", "", group, name)

    def notes(self) -> Iterator[str]:
        """Yield definitions, the propensity model, and what the design stage says of its covariates."""
        treated, control = self.arms
        yield (
            f"Propensity of {treated.label}: {ESTIMATORS[str(self.record['estimator'])]}; covariates "
            "at baseline, no outcome was used."
        )
        yield SMD.format(treated=treated.label, control=control.label)
        clipped = self.record["clipped"]
        if isinstance(clipped, dict):
            for kind, count in clipped.items():
                if count:
                    yield f"{KINDS[kind]}: truncation changed the weights of {count} subjects."

    def warnings(self) -> list[str]:
        """Return what the design stage notes about covariates and subjects left out."""
        rows = self.context.results["balance"].rows
        return rows.loc[rows["statistic"].str.endswith(".note"), "warning"].tolist()

    def verdicts(self) -> Iterator[str]:
        """Yield the verdict on each kind of weights with effective sizes and reasons, in words."""
        for kind in self.kinds:
            verdict = self.find(kind, "", "", "verdict")
            sizes = [(arm, self.find(kind, "", "", "ess", arm)) for arm in self.arms]
            each = ", ".join(f"{arm.label} {format_number(size.value, 1)}" for arm, size in sizes)
            reasons = f" ({verdict.warning})" if verdict.warning else ""
            yield f"{KINDS[kind]}: ESS {each}; overlap {VERDICTS[int(verdict.value)].lower()}{reasons}."


def _lines(name: str, label: str, levels: list[str]) -> Iterator[Line]:
    if not levels:
        yield Line(name, "", label, True)
    elif len(levels) == 2:
        yield Line(name, levels[1], f"{label}: {levels[1]} (%)", True)
    else:
        first = Line(name, levels[0], f"{label}: {levels[0]} (%)", True)
        yield first
        for level in levels[1:]:
            yield Line(name, level, f"{label}: {level} (%)", False)
