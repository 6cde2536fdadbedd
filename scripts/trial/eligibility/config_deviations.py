"""The section `deviations`: their categories, and what is found in the data beside those recorded."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from trial.study.base import Code, Strict, Text, listed
from trial.subjects.config_edc import ColumnName


class DerivedDeviation(Strict):
    """One kind of deviation that the data show."""

    rule: Literal["eligibility", "treatment", "visit missing", "visit outside window", "medicine"]
    """eligibility: a criterion is not met; treatment: not treated as allocated; visit missing, visit outside
    window: by the visits of the EDC; medicine: a prohibited one, at time zero or later."""
    label: Text
    """The deviation in words."""
    category: Code
    """Its category."""
    important: bool
    """Whether it is important, as ICH E3 asks."""
    criteria: Annotated[tuple[Code, ...], Field(strict=False)] = ()
    """eligibility: the criteria concerned; left out for all."""
    visits: Annotated[tuple[Code, ...], Field(strict=False)] = ()
    """visit: the visits concerned."""
    after_leaving: bool | None = None
    """visit missing: whether a visit after discontinuation counts."""
    where: dict[ColumnName, listed(str)] | None = None  # type: ignore[valid-type]
    """medicine: by column of ADCM, the texts that make it a prohibited one; case does not count."""

    @model_validator(mode="after")
    def _fits(self) -> "DerivedDeviation":
        for name, wanted in (
            ("visits", self.rule.startswith("visit")),
            ("after_leaving", self.rule == "visit missing"),
            ("where", self.rule == "medicine"),
        ):
            given = getattr(self, name) not in (None, ())
            if given != wanted:
                raise ValueError(f"{name} {'is needed by' if wanted else 'does not belong to'} {self.rule}")
        if self.criteria and self.rule != "eligibility":
            raise ValueError(f"criteria does not belong to {self.rule}")
        return self


class Deviations(Strict):
    """Categories of deviations, and those that are derived."""

    categories: Annotated[dict[Code, Text], Field(min_length=1)]
    """Each category with its name as printed, in the order of the outputs."""
    derived: Annotated[tuple[DerivedDeviation, ...], Field(strict=False)]
    """What is found in the data; [] for none."""
