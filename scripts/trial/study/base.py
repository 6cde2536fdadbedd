"""The ground floor of the configuration: strict frozen models, and the kinds of text every room uses.

Unknown keys are errors at every level and no default changes a number. Each room declares its sections in
its own `config.py`; `trial.plan` puts them together and compares them with each other.
"""

import re
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

CODE = r"^[A-Z][A-Z0-9_]{0,15}$"


def _code(text: str) -> str:
    """Refuse a name that results and file names could not carry, in words instead of a pattern."""
    if not re.fullmatch(CODE, text):
        raise ValueError("expected a code: a capital letter, then up to 15 capital letters, digits or _")
    return text


# A name that the configuration gives: in results, file names and formulas.
Code = Annotated[str, AfterValidator(_code), WithJsonSchema({"type": "string", "pattern": CODE})]


def _printable(text: str) -> str:
    """Refuse characters that no file, page or terminal can show."""
    if control := [mark for mark in text if ord(mark) < 32 or 127 <= ord(mark) < 160]:
        raise ValueError(f"text without control characters (it holds U+{ord(control[0]):04X})")
    return text


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), AfterValidator(_printable)]


def _below_raw(path: str) -> str:
    """Refuse a path that could leave `data/raw`: nothing outside the lock may be read."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\\" in path or ":" in path:
        raise ValueError("a path below data/raw, with / and without ..")
    if any("**" in part and part != "**" for part in PurePosixPath(path).parts):
        raise ValueError("a pattern in which ** stands alone between two / (patients/**/*.csv)")
    return _printable(path)


RawPath = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True), AfterValidator(_below_raw)]


class Strict(BaseModel):
    """Base of every section: frozen, strict types, unknown keys forbidden, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


def complete_models() -> None:
    """Build the validators of every model that is declared, which are otherwise built at their first use."""
    waiting: list[type[BaseModel]] = [Strict]
    while waiting:
        model = waiting.pop()
        model.model_rebuild()
        waiting += model.__subclasses__()


def listed(item: type) -> object:
    """Return the type of a YAML list held as a tuple (frozen models must not hold lists)."""
    return Annotated[tuple[item, ...], Field(strict=False, min_length=1)]  # type: ignore[valid-type]


class Allocation(Strict):
    """How subjects came into their arms, in the words of TREND (items 8 and 10); printed in the flow."""

    unit: Text
    """What was allocated: patients, sites, wards."""
    method: Text
    """How it was decided who went to which arm, as far as it is known."""
    against_bias: Text | None
    """What was done about the bias that this method may bring (restriction, matching, weighting); null where
    nothing was."""


class Identity(Strict):
    """Who and what the study is; printed on every output.

    `randomised`: whether arms were assigned at random; where not, comparisons of arms say so.
    """

    id: Text
    """Registry number or protocol id, on every output."""
    title: Text
    """Full title of the study."""
    short_title: Text
    """Title for page headers."""
    sponsor: Text
    """Who is responsible for the study."""
    design: Text
    """Design in words, as the notes below comparisons print it."""
    randomised: bool
    """Whether arms were assigned at random; where false, comparisons of arms carry a caveat."""
    allocation: Allocation | None = None
    """How subjects came into their arms; null where it is not known, and the participant flow says so."""
