"""What a comparison found, as the pages read it: the two runs, and what differs between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial.compared.files import Row, load_entries, load_part, load_summary

PARTS = {
    "raw": ("KIND", "FILE", "SHEET", "SUBJECT", "ANALYTE", "VISIT", "DATE", "OLD_ROW", "NEW_ROW", "COLUMN",
            "OLD", "NEW"),
    "populations": ("USUBJID", "VARIABLE", "OLD", "NEW", "OLD_REASON", "NEW_REASON"),
    "results": ("result_id", "change", "outputs", "analysis", "endpoint", "visit", "group", "comparison",
                "statistic", "unit", "old", "new", "delta", "delta_se", "flip", "cause", "subjects", "old_n",
                "new_n", "old_note", "new_note"),
    "outputs": ("output", "kind", "number", "title", "change", "changed", "flips"),
    "attribution": ("factor", "changed", "what", "moved", "established"),
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One of the two runs: its lock, state, cut and hashes."""

    lock_id: str
    state: str
    short_hash: str
    cut_date: str
    manifest: str

    @property
    def name(self) -> str:
        """Lock id with short hash."""
        return f"{self.lock_id} ({self.short_hash})"


@dataclass(frozen=True)
class Changes:
    """Everything that differs, each part as rows of its file; results with flips first.

    Attributes
    ----------
    files : sequence of mappings
        Raw files with what became of them and of their rows.
    printed : mapping
        By output, the ids of the results that it prints or plots in either run.
    rule, notes : str, sequence of str
        How conclusions are read, and what the comparison says of itself.
    """

    old: Run
    new: Run
    files: Sequence[Mapping[str, Any]]
    rule: str
    notes: Sequence[str]
    raw: tuple[Row, ...]
    populations: tuple[Row, ...]
    results: tuple[Row, ...]
    outputs: tuple[Row, ...]
    attribution: tuple[Row, ...]
    printed: Mapping[str, frozenset[str]]

    @property
    def flips(self) -> tuple[Row, ...]:
        """The results by which a conclusion turned."""
        return tuple(row for row in self.results if row["flip"])

    def of_output(self, output: str) -> tuple[Row, ...]:
        """Return the changed results that an output prints or plots."""
        ids = self.printed.get(output, frozenset())
        return tuple(row for row in self.results if row["result_id"] in ids)

    def unprinted(self) -> dict[str, tuple[Row, ...]]:
        """Return the changed results that no output prints, by analysis."""
        found: dict[str, list[Row]] = {}
        everywhere = frozenset().union(*self.printed.values())
        for row in self.results:
            if row["result_id"] not in everywhere:
                found.setdefault(row["analysis"], []).append(row)
        return {name: tuple(rows) for name, rows in sorted(found.items())}


def read_changes(folder: Path, runs: Iterable[Path]) -> Changes:
    """Read the folder that a comparison left, and from the results of both runs what each output prints.

    Raises
    ------
    DataError
        If it is none, or lacks a part or a column.
    """
    summary = load_summary(folder)
    parts = {name: load_part(folder / f"{name}.csv", columns) for name, columns in PARTS.items()}
    return Changes(
        old=_run(summary["old"]),
        new=_run(summary["new"]),
        files=summary.get("files", ()),
        rule=_sentence(summary.get("rule", "")),
        notes=tuple(map(str, summary.get("notes", ()))),
        printed=_printed(runs),
        **parts,
    )


def _printed(runs: Iterable[Path]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for results in runs:
        for entry in load_entries(results):
            found[entry["id"]] = found.get(entry["id"], frozenset()) | frozenset(entry["results"])
    return found


def _run(content: Mapping[str, Any]) -> Run:
    return Run(**{name: str(content.get(name, "")) for name in Run.__dataclass_fields__})


def _sentence(rule: Any) -> str:
    return rule if isinstance(rule, str) else "; ".join(f"{name}: {text}" for name, text in rule.items())
