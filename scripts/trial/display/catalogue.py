"""The catalogue of outputs: what a template declares, what a row says, which outputs the rows stand for.

A catalogue row names a template, a module of `trial.display.templates` registered in
`trial.display.registry`. A row of a per-endpoint template stands for one output of each of its endpoints.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from trial.display.numbers import PValues
from trial.study.base import Code, Strict, Text, listed

# What ids and titles of a row hold in the place of the endpoint.
NUMBER, ENDPOINT = "{number}", "{endpoint}"
Kind = Literal["table", "listing", "figure"]
Data = Literal[
    "adlb",
    "adsl",
    "adae",
    "adsv",
    "adex",
    "adice",
    "populations",
    "adlbsaf",
    "adie",
    "addv",
    "queries",
    "accounting",
    "quality",
    "weights",
]
# Data sets of subjects: only an analysis says of whom, by its population and treatment.
OF_SUBJECTS = frozenset(
    {
        "adlb",
        "adsl",
        "adae",
        "adsv",
        "adex",
        "adice",
        "populations",
        "adlbsaf",
        "adie",
        "addv",
        "weights",
    }
)


@dataclass(frozen=True)
class Template:
    """What a template declares of itself.

    Attributes
    ----------
    kind : str
        table, listing or figure.
    scope : str
        endpoint: one output for each endpoint of the catalogue row. study: one output.
    roles : tuple of str
        The analyses it needs, by the part they play; each gives its result rows and its record.
    data : tuple of str
        The data sets it needs beside them; `adlb` holds the records of its endpoint, or of all. Those of
        subjects need a role: its analysis says of which population, by which treatment.
    intervals : tuple of str
        The roles whose analyses must have a confidence level, because it is printed.
    many : tuple of str
        The roles of which an endpoint may have several analyses, each with results of its own in `panels`.
    populations : tuple of str
        The roles whose analyses may have other populations than the first, because it says which.
    optional : tuple of str
        The roles that a catalogue row may leave out, because it shows something without them.
    reads_lock : bool
        Whether the data lock decides more than its lines: such an output is made anew with each lock.
    """

    kind: Kind
    scope: Literal["endpoint", "study"]
    roles: tuple[str, ...] = ()
    data: tuple[Data, ...] = ()
    intervals: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    reads_lock: bool = False

    def __post_init__(self) -> None:
        named = (*self.intervals, *self.many, *self.populations, *self.optional)
        if not set(named) <= set(self.roles):
            raise ValueError(
                f"intervals, many, populations or optional {named} of roles that the template has not: "
                f"{self.roles}"
            )
        if OF_SUBJECTS & set(self.data) and not self.roles:
            needed = ", ".join(sorted(OF_SUBJECTS & set(self.data)))
            raise ValueError(f"{needed} need a role: its analysis says population and treatment")

    @property
    def shows_endpoints(self) -> bool:
        """Whether it shows results or records of endpoints: only an analysis says of whom."""
        return bool(self.roles)


def _id(text: str) -> str:
    """Refuse an id that file names and printed numbers could not carry, in words instead of a pattern."""
    part = rf"([0-9a-z]+|{re.escape(NUMBER)})"
    if not re.fullmatch(rf"[tlf][0-9]+(-{part})+", text):
        raise ValueError(
            "expected t, l or f (table, listing, figure), then numbers or small letters joined by hyphens, "
            f"such as t14-2-{NUMBER}-1"
        )
    return text


def _place(text: str) -> str:
    """Refuse what is no section of ICH E3."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", text):
        raise ValueError("expected a section of ICH E3 in quotes, such as '14.2'")
    return text


class CatalogueRow(Strict):
    """One row of the catalogue: an output, or one of each endpoint."""

    id: Annotated[str, AfterValidator(_id)]
    """Fixed part of file names and printed number; {number} stands for the endpoint's number."""
    template: Text
    """The template that makes it."""
    analyses: dict[str, listed(Code)]  # type: ignore[valid-type]
    """The analyses that fill each role of the template; of several, each endpoint is covered by one, unless
    the role is that of a panel, which shows them all."""
    endpoints: Literal["all"] | listed(Code) | None  # type: ignore[valid-type]
    """The endpoints shown: all, or a list of codes; null where the template shows none in particular."""
    e3: Annotated[str, AfterValidator(_place)]
    """The section of ICH E3 it belongs to, such as "14.2"."""
    title: Text | None
    """The study's own title, in which {endpoint} stands for the endpoint's name; null for the template's."""
    footnotes: Annotated[tuple[Text, ...], Field(strict=False)]
    """Footnotes of the study's own, printed after those of the template."""


class Printing(Strict):
    """Conventions of print, one choice for the study."""

    p_values: PValues
    """sas4: four decimals, below them <0.0001. journal3: three decimals, <0.001."""
    ratio_decimals: Annotated[int, Field(ge=2, le=3)]
    """Decimals of ratios and their limits."""
    abbreviations: dict[Text, Text] = Field(default_factory=dict)
    """The study's own abbreviations with what they stand for: each output names those it prints."""


class DisplaySections(Strict):
    """The sections of this room."""

    outputs: listed(CatalogueRow)  # type: ignore[valid-type]
    """The catalogue of tables, listings and figures, in the order of the report."""
    printing: Printing
    """Conventions of print."""


@dataclass(frozen=True)
class ShownOutput:
    """One output of the study: its id, its catalogue row, and its endpoint where it has one."""

    id: str
    row: CatalogueRow
    endpoint: str | None


def templates() -> dict[str, Any]:
    """Return the templates by name; by no import statement: jobs import this module, not all templates."""
    found: dict[str, Any] = import_module("trial.display.registry").TEMPLATES
    return found


def asked_endpoints(row: CatalogueRow, study: Any) -> tuple[str, ...]:
    """Return the codes of the endpoints of a row, in the order of the study."""
    named = study.endpoints if row.endpoints in ("all", None) else row.endpoints
    return tuple(code for code in study.endpoints if code in named)


def shown_outputs(study: Any) -> Iterator[ShownOutput]:
    """Yield every output in the order of catalogue and endpoints."""
    for row in study.outputs:
        if templates()[row.template].TEMPLATE.scope == "study":
            yield ShownOutput(row.id, row, None)
            continue
        for code in asked_endpoints(row, study):
            number = str(study.endpoints[code].number)
            yield ShownOutput(row.id.replace(NUMBER, number), row, code)
