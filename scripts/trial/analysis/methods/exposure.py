"""Exposure: products infused, doses, viability, interruptions, and the length of follow-up, by arm."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.analysis.where import Where
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.schema import ADAE, ADSV

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

ADEX = next(file.dataset for file in RECORD_FILES if file.table == "adex")
READ = ("USUBJID", "EXTRT", "EXDOSE", "EXDOSU", "EXVIAB", "EXROUTE", "EXLOT", "EXINT")


class Product(Strict):
    """A product that is given: its name, and the rows of ADEX that are infusions of it."""

    code: Code
    """Code of the product in results."""
    label: Text
    """Its name as printed."""
    where: Where
    """What makes a row an infusion of it, by column of ADEX."""
    decimals: Annotated[int, Field(ge=0, le=4)]
    """Decimals of its doses as collected; means print one more."""


class Config(Analysis):
    """Doses are sums of all infusions of a product to a subject; viability is of each infusion."""

    plays: ClassVar[tuple[str, ...]] = ("exposure",)

    method: Literal["exposure"]
    """Exposure and length of follow-up."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: arms are described."""
    products: listed(Product)  # type: ignore[valid-type]
    """The products, in the order of the output; printed also where nobody had one."""
    unit: Text
    """The unit of doses; of an infusion with another one the dose is not known."""

    def columns(self) -> Mapping[str, str]:
        """Return the weight, and the dates between which a subject was observed."""
        return {"WEIGHT": "number", "TRTEMDT": "date", "DISCDT": "date"}

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of exposure, of visits and of adverse events."""
        asked = [name for one in self.products for name in one.where if name in ADEX]
        return {
            "adex": ADEX.only(*dict.fromkeys((*READ, *asked))),
            "adsv": ADSV.only("USUBJID", "SVDT", "DONE"),
            "adae": ADAE.only("USUBJID", "ASTDT", "TRTEMFL"),
        }

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield codes that stand twice and unknown columns."""
        yield from repeated_names("products.code", [one.code for one in self.products])
        texts = [name for name, kind in ADEX.items() if kind == "text"]
        for one in self.products:
            for name in one.where:
                yield from unknown_name(f"products.{one.code}.where", name, texts)


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Describe infusions and follow-up; see `trial.analysis.exposure`."""
    from trial.analysis.exposure import describe_exposure

    return describe_exposure(data, config)
