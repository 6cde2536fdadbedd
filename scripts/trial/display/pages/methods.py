"""The methods page: each analysis as it is configured, and as its models recorded what they were."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trial.display.spec import ReportAnalysis, ReportEstimand

ATTRIBUTES = {
    "population": "Population",
    "treatments": "Treatments",
    "variable": "Variable",
    "intercurrent_events": "Intercurrent events",
    "summary": "Population-level summary",
}
# A text, and the names of the endpoints of which it is true; none where it is true of all.
Found = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Described:
    """One analysis of the methods page; `found`: what its records say, by heading."""

    id: str
    label: str
    method: str
    primary: bool
    population: str
    estimand: str | None
    places: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    found: tuple[tuple[str, Found], ...]


def describe_analysis(analysis: ReportAnalysis, records: Mapping[str, Mapping[str, Any]]) -> Described:
    """Return an analysis with what its records say.

    Parameters
    ----------
    records : mapping
        The record of each place of the analysis: what its fitted model or its computation was.
    """
    kinds = {
        "As fitted": _footnote,
        "Covariance structures tried": _ladder,
        "Warning": _warnings,
    }
    names = dict(analysis.places)
    found = {
        heading: _grouped((names[code], texts(record)) for code, record in records.items())
        for heading, texts in kinds.items()
    }
    return Described(
        **analysis.model_dump(), found=tuple((heading, one) for heading, one in found.items() if one)
    )


def _footnote(record: Mapping[str, Any]) -> list[str]:
    """Return what the model or computation was, in the sentence that its outputs print."""
    text = record.get("footnote")
    return [text] if text else []


def _warnings(record: Mapping[str, Any]) -> list[str]:
    return list(record.get("warnings") or [])


def _ladder(record: Mapping[str, Any]) -> list[str]:
    """Return the rungs of a covariance ladder that were tried, with the reason where one was refused."""
    tried = [rung for rung in record.get("ladder", []) if rung["status"] != "not tried"]
    texts = [
        f"{rung['structure']}: {rung['status']}" + (f" ({rung['reason']})" if rung.get("reason") else "")
        for rung in tried
    ]
    return ["; ".join(texts)] if texts else []


def _grouped(said: Iterable[tuple[str, Iterable[str]]]) -> Found:
    """Return each text once with the endpoints of which it is true; with none where all have the same."""
    found: dict[str, list[str]] = {}
    names = []
    for name, texts in said:
        names.append(name)
        for text in texts:
            found.setdefault(text, []).append(name)
    return tuple((text, () if mine == names else tuple(mine)) for text, mine in found.items())


def attributes(estimand: ReportEstimand) -> Iterator[tuple[str, str]]:
    """Yield name and text of each attribute of an estimand."""
    for key, name in ATTRIBUTES.items():
        yield name, getattr(estimand, key)
