"""Why a finding stands: what the study says of it in `export.yaml`, beside its configuration.

An export goes to people who read every finding: an error that nobody explains stops it, and so does an
explanation of a finding that is not there any more. The file is no part of `config.yaml`: it decides no
number, and a word changed in it makes no results old.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from trial.export.findings import Finding
from trial.study.base import Strict, Text
from trial.study.errors import DataError
from trial.study.load import parse, read_yaml

FILE = "export.yaml"
SHOWN = 100


class Explanation(Strict):
    """Why one finding of the checks stands."""

    rule: Text
    """Id of the rule."""
    dataset: Text
    """The data set."""
    variable: Text
    """The variable that the finding names."""
    text: Text
    """The explanation, as the reviewer's guide prints it."""


class Explanations(Strict):
    """The file `export.yaml`."""

    explanations: Annotated[tuple[Explanation, ...], Field(strict=False)]
    """One for each finding that is to stand."""


def read_explanations(study: Path) -> tuple[Explanation, ...]:
    """Return what a study explains; nothing where it has no file.

    Raises
    ------
    ConfigError
        If the file is not what the model allows.
    """
    path = study / FILE
    if not path.exists():
        return ()
    return parse(Explanations, read_yaml(path), str(path)).explanations


def explain(
    findings: Sequence[Finding], explanations: Sequence[Explanation], study: Path
) -> tuple[Finding, ...]:
    """Return the findings with their explanations; the study's own stands before the pipeline's.

    Raises
    ------
    DataError
        If an error has none, or an explanation is of no finding.
    """
    own = {(one.rule, one.dataset, one.variable): one.text for one in explanations}
    found = [
        replace(one, explanation=own.get((one.rule, one.dataset, one.variable), one.explanation))
        for one in findings
    ]
    there = {(one.rule, one.dataset, one.variable) for one in findings}
    if idle := [" ".join(place) for place in own if place not in there]:
        raise DataError(
            str(study / FILE),
            "it explains what is not found",
            idle,
            "take these explanations out of the file",
        )
    if unexplained := [one for one in found if one.severity == "error" and not one.explanation]:
        raise UnexplainedError(unexplained, study)
    return tuple(found)


class UnexplainedError(DataError):
    """Errors of the checks that nobody explains: nothing is exported."""

    shown = SHOWN

    def __init__(self, findings: Sequence[Finding], study: Path) -> None:
        one = findings[0]
        super().__init__(
            str(study / "results" / "data"),
            f"the ADaM checks found {len(findings)} errors that nobody explains; nothing was exported",
            [f"{each.rule} {each.dataset}.{each.variable}: {each.text}; {_found(each)}" for each in findings],
            f"mend the data or the configuration, or say in {study / FILE} why it stands: explanations: "
            f"[{{rule: {one.rule}, dataset: {one.dataset}, variable: {one.variable}, text: ...}}]",
        )


def _found(finding: Finding) -> str:
    return f"{finding.count} records, {finding.first}" if finding.count else finding.first
