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
from trial.study.names import repeated_names

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
        If a finding is one that no file can hold, an error has no explanation, or an explanation is of none.
    """
    own = {(one.rule, one.dataset, one.variable): one.text for one in explanations}
    found = [
        replace(one, explanation=own.get((one.rule, one.dataset, one.variable), one.explanation))
        for one in findings
    ]
    there = {(one.rule, one.dataset, one.variable) for one in findings if one.severity != "reject"}
    problems = [f"{' '.join(place)}: no such finding that could stand" for place in own if place not in there]
    problems += repeated_names(
        "explanations", [f"{one.rule} {one.dataset} {one.variable}" for one in explanations]
    )
    if stopping := [one for one in found if one.severity == "reject" or _is_open(one)]:
        raise StoppingError(stopping, study)
    if problems:
        hint = "take these explanations out of the file"
        raise DataError(str(study / FILE), "it explains what it cannot", problems, hint)
    return tuple(found)


class StoppingError(DataError):
    """What no file can hold, and errors of the checks that nobody explains: nothing is exported."""

    shown = SHOWN

    def __init__(self, findings: Sequence[Finding], study: Path) -> None:
        lines = [f"{one.rule} {one.dataset}.{one.variable}: {one.text}; {_found(one)}" for one in findings]
        hint = "mend the data or the configuration"
        if explainable := [one for one in findings if one.severity == "error"]:
            one = explainable[0]
            place = f"rule: {one.rule}, dataset: {one.dataset}, variable: {one.variable}"
            hint += f", or say in {study / FILE} why it stands: explanations: [{{{place}, text: ...}}]"
        if rejected := len(findings) - len(explainable):
            hint += f"; {rejected} of them no file can hold, and no explanation helps"
        problem = f"the ADaM checks found {len(findings)} errors that nobody explains; nothing was exported"
        super().__init__(str(study / "results" / "data"), problem, lines, hint)


def _is_open(finding: Finding) -> bool:
    return finding.severity == "error" and not finding.explanation


def _found(finding: Finding) -> str:
    return f"{finding.count} records, {finding.first}" if finding.count else finding.first
