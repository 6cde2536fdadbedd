"""The balance of the arms, raw and weighted, and the verdict on their overlap, as result rows."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.analysis.design.schema import BALANCE, WEIGHTS
from trial.study.base import Text

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class Config(Analysis):
    """An analysis of the whole study: it names no endpoints, and nothing is estimated."""

    plays: ClassVar[tuple[str, ...]] = ("balance",)

    method: Literal["balance"]
    """Balance of the arms in the covariates of the design stage."""
    endpoints: None
    """null: it is of the whole study."""
    names: dict[Text, Text]
    """How outputs call each covariate of the design stage, such as {AGE: Age (years)}."""

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return the files of the design stage."""
        return {"balance": BALANCE, "weights": WEIGHTS}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield covariates without a name, and names of none."""
        if study.design is None:
            yield "method: balance shows the section design, which is null"
            return
        known = [covariate.variable for covariate in study.design.covariates]
        for name in known:
            if name not in self.names:
                yield f"names: required is the name of {name}"
        for name in self.names:
            if name not in known:
                yield f"names: {name} is no covariate of the design stage ({', '.join(known)})"
        for word in ("population", "treatment"):
            mine, theirs = getattr(self, word), getattr(study.design, word)
            if mine != theirs:
                yield f"{word}: {mine} is not that of the design stage ({theirs})"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return the rows of the balance file as result rows: statistic `<kind>.<covariate>.<level>.<what>`."""
    from trial.analysis.outcome import Outcome, subject_set

    weights, balance = data.tables["weights"], data.tables["balance"]
    behind = subject_set(data.spec, "weighed", sorted(set(weights["USUBJID"])))
    treated = next(arm for arm in dict.fromkeys(weights["ARMCD"]) if arm != data.spec.reference_arm)
    rows = []
    for cell in balance.to_dict("records"):
        parts = [cell[name] for name in ("KIND", "VARIABLE", "LEVEL", "STATISTIC")]
        compared = cell["STATISTIC"] in ("smd", "vr")
        rows.append(
            {
                "method": "balance",
                "group": cell["ARMCD"],
                "comparison": f"{treated}-{data.spec.reference_arm}" if compared else "",
                "statistic": ".".join(part for part in parts if part),
                "value": cell["VALUE"],
                "unit": "%" if cell["STATISTIC"] == "pct" else "1",
                "n": cell["N"],
                "records": behind.id,
                "warning": cell["WARNING"],
                "error": cell["ERROR"],
            }
        )
    rows += list(_scores(weights, behind.id))
    first = weights.drop_duplicates("KIND")
    record = {
        "names": config.names,
        "treated": treated,
        "estimator": str(first["ESTIMATOR"].iloc[0]),
        "kinds": first["KIND"].tolist(),
        "clipped": {kind: int((part["CLIPPED"] == "Y").sum()) for kind, part in weights.groupby("KIND")},
        "covariates": _covariates(balance),
    }
    return Outcome.of(data.spec, rows, record, [behind])


def _scores(weights: Any, records: str) -> Iterator[dict[str, object]]:
    """Yield least, median and greatest propensity of each arm."""
    for arm, part in weights.drop_duplicates("USUBJID").groupby("ARMCD", sort=False):
        for name in ("min", "median", "max"):
            yield {
                "method": "balance",
                "group": arm,
                "statistic": f"score.{name}",
                "value": float(getattr(part["SCORE"], name)()),
                "unit": "1",
                "n": len(part),
                "records": records,
            }


def _covariates(balance: Any) -> list[list[Any]]:
    """Return each covariate in order with its levels; a numeric one has none."""
    shown = balance[(balance["VARIABLE"] != "") & (balance["KIND"] != "")]
    return [
        [variable, list(dict.fromkeys(level for level in part["LEVEL"] if level))]
        for variable, part in shown.groupby("VARIABLE", sort=False)
    ]
