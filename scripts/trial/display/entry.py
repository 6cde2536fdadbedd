"""What each output says of itself: its entry in `results/outputs`, from which the report is made."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from trial.display.config import Template
from trial.display.provenance import Stamp
from trial.display.spec import OutputSpec


class Output(Protocol):
    """What a template builds: a table or a figure that knows how to write itself."""

    @property
    def number(self) -> str:
        """The printed number."""
        ...

    @property
    def title(self) -> str:
        """The first line of the titles."""

    @property
    def heading_lines(self) -> Sequence[str]:
        """Every line of the heading below the number."""

    @property
    def foot_lines(self) -> Sequence[str]:
        """Every footnote as printed."""

    @property
    def alt(self) -> str:
        """What a figure shows, in words; empty for tables, which are text."""

    @property
    def result_ids(self) -> Sequence[str]:
        """The results that are printed or plotted."""

    def save(self, base: Path) -> None:
        """Write the files; `base` is the path without suffix."""


def output_entry(output: Output, spec: OutputSpec, template: Template, stamp: Stamp) -> dict[str, Any]:
    """Return the entry of an output: what it is, its place, which results it prints, under which lock."""
    return {
        "id": spec.id,
        "kind": template.kind,
        "number": output.number,
        "title": output.title,
        "headings": list(output.heading_lines),
        "notes": list(output.foot_lines),
        "alt": output.alt,
        "template": spec.template,
        "e3": spec.e3,
        "endpoint": spec.endpoint,
        "results": list(output.result_ids),
        "lock": stamp.lock,
    }
