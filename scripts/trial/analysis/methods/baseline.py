"""Characteristics at baseline: descriptive statistics by arm and in total, and standardised differences."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from trial.analysis.config import Analysis
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.config_edc import ColumnName

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

BASE_OF = "BASE_"


class Level(Strict):
    """A level of a factor."""

    value: Text
    """The text in ADSL."""
    label: Text
    """Its name as printed."""


class Characteristic(Strict):
    """A characteristic: a column of ADSL that is known at baseline."""

    variable: ColumnName
    """The column of ADSL."""
    label: Text
    """Its name as printed, with its unit."""
    kind: Literal["numeric", "factor"]
    """numeric (statistics), or a factor (subjects of each level)."""
    decimals: Annotated[int, Field(ge=0, le=4)] | None
    """Decimals of a numeric one as collected; null for a factor."""
    levels: Annotated[tuple[Level, ...], Field(strict=False, min_length=1)] | None
    """Levels of a factor with their names, in the order of print; others in the data follow. Null for those
    of the data, and for a numeric one."""

    @model_validator(mode="after")
    def _fits(self) -> "Characteristic":
        if (self.kind == "numeric") != (self.decimals is not None):
            raise ValueError(f"{self.variable}: decimals are of a numeric characteristic, null for a factor")
        if self.kind == "numeric" and self.levels is not None:
            raise ValueError(f"{self.variable}: a numeric characteristic has no levels; expected null")
        return self


class Config(Analysis):
    """Description without tests: what differs between arms at baseline is no question of chance."""

    plays: ClassVar[tuple[str, ...]] = ("baseline",)

    method: Literal["baseline"]
    """Characteristics at baseline by arm, with standardised differences."""
    endpoints: None
    """null: it is of the whole study."""
    estimand: None
    """null: arms are described."""
    characteristics: listed(Characteristic)  # type: ignore[valid-type]
    """The characteristics, in the order of print."""
    baseline_of: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints whose baseline values are described after them: all, or a list of codes."""

    def columns(self) -> Mapping[str, str]:
        """Return the columns of ADSL."""
        kinds = {"numeric": "number", "factor": "text"}
        return {item.variable: kinds[item.kind] for item in self.characteristics}

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return the records of all endpoints."""
        kinds = {"USUBJID": "text", "PARAMCD": "text", "AVAL": "number", "ABLFL": "text", "ANL01FL": "text",
                 "CENSOR": "text", "LLOQ": "number", "ASEQ": "number", "DECIMALS": "number"}  # fmt: skip
        return {"adlb": kinds}

    def facts(self, study: Any) -> Mapping[str, Any]:
        """Return scale and unit of each endpoint, in the order of the study."""
        wanted = study.endpoints if self.baseline_of == "all" else self.baseline_of
        return {
            "endpoints": {
                code: {"scale": endpoint.scale, "unit": endpoint.unit}
                for code, endpoint in study.endpoints.items()
                if code in wanted
            }
        }

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield unknown columns and endpoints, and covariates of the design that are not described."""
        kinds = study.subject_kinds()
        wanted = study.endpoints if self.baseline_of == "all" else self.baseline_of
        names = [item.variable for item in self.characteristics]
        yield from repeated_names("characteristics.variable", names)
        for item in self.characteristics:
            yield from unknown_name("characteristics.variable", item.variable, kinds)
            if kinds.get(item.variable) in ("text", "date") and item.kind == "numeric":
                yield f"characteristics: {item.variable} is a {kinds[item.variable]} in ADSL, not numeric"
            if kinds.get(item.variable) not in (None, "text") and item.kind == "factor":
                yield f"characteristics: {item.variable} is a {kinds[item.variable]} in ADSL, no factor"
        for code in wanted:
            yield from unknown_name("baseline_of", code, study.endpoints)
        for covariate in study.design.covariates if study.design else ():
            code = covariate.variable.removeprefix(BASE_OF)
            if covariate.variable.startswith(BASE_OF):
                if code not in wanted:
                    yield f"baseline_of: required is {code}, a covariate of the section design"
            elif covariate.variable not in names:
                yield f"characteristics: required is {code}, a covariate of the section design"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Return the statistics by arm and in total, and the standardised differences to the reference."""
    from trial.analysis.baseline import describe_baseline

    return describe_baseline(data, config)
