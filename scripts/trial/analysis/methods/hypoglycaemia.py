"""Hypoglycaemia by level: from adverse events, and from the glucose values of the laboratory."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.analysis.where import Where
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.schema import ADAE

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

# What is read of the usable laboratory results.
LABS = {
    "USUBJID": "text",
    "ANALYTE": "text",
    "VALUE": "number",
    "CENSOR": "text",
    "LIMIT": "number",
    "COLLECTED": "text",
}
READ = ("USUBJID", "AEDECOD", "AEBODSYS", "ASTDT", "TRTEMFL")


class GlucoseLevel(Strict):
    """A level that glucose values show: below its threshold, and not below that of the next."""

    code: Code
    """Code of the level in results."""
    label: Text
    """Its name as printed."""
    below: Annotated[float, Field(gt=0)]
    """Values less than this, in the analyte's standard unit."""


class AssistedLevel(Strict):
    """The level of events in which the subject needed the assistance of others, whatever the glucose."""

    code: Code
    """Code of the level in results."""
    label: Text
    """Its name as printed."""
    any_of: Annotated[tuple[Where, ...], Field(strict=False, min_length=1)]
    """What makes a hypoglycaemia one with need of assistance, by column of ADAE; one of them holds."""


class Config(Analysis):
    """Levels as the American Diabetes Association defines them (Standards of Care, section 6).

    Treatment-emergent events; values of samples from the first day of emergent events on. A value below a
    limit of quantification counts by that limit.
    """

    plays: ClassVar[tuple[str, ...]] = ("hypoglycaemia",)

    method: Literal["hypoglycaemia"]
    """Hypoglycaemia by level."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: arms are described."""
    analyte: Code
    """The analyte whose values are held against the levels: glucose."""
    levels: listed(GlucoseLevel)  # type: ignore[valid-type]
    """Levels that values show, the mildest first, each with a lower threshold than the one before."""
    assisted: AssistedLevel
    """The gravest level: from events alone."""
    events: Annotated[tuple[Where, ...], Field(strict=False, min_length=1)]
    """What makes an adverse event a hypoglycaemia, by column of ADAE; one of them holds."""

    def columns(self) -> Mapping[str, str]:
        """Return the day from which events and samples count."""
        return {"TRTEMDT": "date"}

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of adverse events and of laboratory results."""
        asked = [name for where in self._described() for name in where if name in ADAE]
        return {"adae": ADAE.only(*dict.fromkeys((*READ, *asked))), "labs": LABS}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield thresholds that do not fall, names that stand twice, unknown analytes and columns."""
        yield from repeated_names("levels.code", [*(one.code for one in self.levels), self.assisted.code])
        for before, after in zip(self.levels, self.levels[1:], strict=False):
            if after.below >= before.below:
                found = f"{after.below:g} is not under {before.below:g} of {before.code}"
                yield f"levels.{after.code}.below: {found}"
        analytes = getattr(study, "analytes", None)
        if analytes is not None:
            yield from unknown_name("analyte", self.analyte, analytes)
            if self.analyte in analytes and analytes[self.analyte].kind != "quantitative":
                yield f"analyte: {self.analyte} has no values, it is {analytes[self.analyte].kind}"
        texts = [name for name, kind in ADAE.items() if kind == "text"]
        for where in self._described():
            for name in where:
                yield from unknown_name("where", name, texts)

    def _described(self) -> Iterator[Mapping[str, tuple[str, ...]]]:
        yield from (*self.events, *self.assisted.any_of)


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Count subjects, events and values by level; see `trial.analysis.hypoglycaemia`."""
    from trial.analysis.hypoglycaemia import count_hypoglycaemia

    return count_hypoglycaemia(data, config)
