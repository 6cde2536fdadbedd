"""Medicines by class, before and after time zero, and the dose of some of them at each visit."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from trial.analysis.config import Analysis
from trial.analysis.where import DOSE_COLUMNS, Where
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.schema import ADCM, ADSV

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome


class MedicineClass(Strict):
    """A class of medicines: its name, and the rows of ADCM that belong to it."""

    code: Code
    """Code of the class in results."""
    label: Text
    """Its name as printed."""
    where: Where
    """What makes a medicine one of this class, by column of ADCM; case does not count."""


class DoseByVisit(Strict):
    """The medicines whose total daily dose is described at each visit."""

    label: Text
    """Their name as printed: insulin."""
    where: Where
    """What makes a medicine one of them, by column of ADCM."""
    unit: Text
    """The unit of their doses; of a medicine with another one the dose is not known."""


class Config(Analysis):
    """Prior: started before day 0. Concomitant: taken on day 0 or after it. A medicine may be both.

    Where a date is known in part, what may have been counts. Medicines of no declared class are left out, and
    the tables name their classes.
    """

    plays: ClassVar[tuple[str, ...]] = ("medicines",)

    method: Literal["medicines"]
    """Medicines by class, and doses by visit."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: arms are described."""
    classes: listed(MedicineClass)  # type: ignore[valid-type]
    """The classes counted, in the order of the output."""
    dose: DoseByVisit | None
    """The medicines whose dose is described by visit; null for none."""

    def columns(self) -> Mapping[str, str]:
        """Return the day from which visits and periods count."""
        return {"INDEXDT": "date"}

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of medicines and visits."""
        asked = [name for where in self._described() for name in where if name in ADCM]
        return {
            "adcm": ADCM.only(*dict.fromkeys((*DOSE_COLUMNS, "CMCLASS", *asked))),
            "adsv": ADSV.only("USUBJID", "SVDT", "DONE"),
        }

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield codes that stand twice and unknown columns."""
        yield from repeated_names("classes.code", [one.code for one in self.classes])
        texts = [name for name, kind in ADCM.items() if kind == "text"]
        for where in self._described():
            for name in where:
                yield from unknown_name("where", name, texts)

    def _described(self) -> Iterator[Mapping[str, tuple[str, ...]]]:
        yield from (one.where for one in self.classes)
        if self.dose:
            yield self.dose.where


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Count the medicines and describe the doses; see `trial.analysis.medicines`."""
    from trial.analysis.medicines import count_medicines

    return count_medicines(data, config)
