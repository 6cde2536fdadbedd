"""The one module of this room that opens files: inputs of the display programs, and its own assets."""

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from trial.display.context import Context
from trial.display.provenance import Stamp, read_stamp
from trial.display.results import Results
from trial.display.spec import OutputSpec, ShownAnalysis
from trial.study.agreement import AGREEMENT
from trial.study.ard import ARD
from trial.study.base import Identity
from trial.study.books import QUALITY, QUERY_BOOK, ROW_BOOK
from trial.study.errors import DataError
from trial.study.files import (
    json_text,
    read_bytes,
    read_columns,
    read_json,
    read_table,
    read_tables,
    read_text,
    replacing,
    write_json,
    write_printed,
    write_table,
    write_text,
)
from trial.study.load import read_slice

ROOM = Path(__file__).parent
# What outputs read of endpoint records, beside population and treatment.
RECORD_COLUMNS = {
    "USUBJID": "text",
    "PARAMCD": "text",
    "ASEQ": "number",
    "VISIT": "text",
    "AVISIT": "text",
    "ADT": "date",
    "ADY": "number",
    "AVAL": "number",
    "AVALC": "text",
    "BASE": "number",
    "CHG": "number",
    "ABLFL": "text",
    "LLOQ": "number",
    "ANL01FL": "text",
    "BLQFL": "text",
    "CENSOR": "text",
    "REASON": "text",
}
# What they read of the weights of the design stage.
WEIGHT_COLUMNS = {"USUBJID": "text", "ARMCD": "text", "KIND": "text", "SCORE": "number", "WEIGHT": "number"}
BOOKS = {"queries": QUERY_BOOK, "accounting": ROW_BOOK, "quality": QUALITY, "agreement": AGREEMENT}
Named = Iterable[tuple[str, Path]]


def load_context(
    spec_path: Path, lock: Path, label: Path, program: str, rows: Named, records: Named, data: Named
) -> Context:
    """Read everything a template is given.

    Parameters
    ----------
    rows, records : pairs of role and path
        Result rows and records; a role of a study-wide output has several.
    data : pairs of name and path
    """
    spec = read_slice(spec_path, OutputSpec)
    grouped = _grouped(rows)
    results = {
        role: load_results(paths, spec.covering(role))
        for role, paths in grouped.items()
        if role not in spec.many
    }
    panels = {role: load_panel(grouped[role], spec.roles[role]) for role in spec.many if role in grouped}
    found = [*results.values(), *(one for panel in panels.values() for _, one in panel)]
    return Context(
        spec=spec.with_decimals(_collected(spec, found)),
        stamp=load_stamp(lock, label, spec.study, program),
        results=results,
        panels=panels,
        records={role: tuple(map(read_json, paths)) for role, paths in _grouped(records).items()},
        data={name: load_data(name, path, spec) for name, path in data},
    )


def _collected(spec: OutputSpec, results: Iterable[Results]) -> dict[str, int]:
    """Return the decimals that each endpoint was collected with, as its analyses found them.

    The most of several analyses; none for an endpoint without any value, whose cells all say so.
    """
    found: dict[str, int] = {}
    for one in results:
        for paramcd in [e.paramcd for e in spec.endpoints if one.holds(e.paramcd)]:
            statistic = one.get(paramcd, "", "", "decimals")
            if not statistic.missing:
                found[paramcd] = max(found.get(paramcd, 0), int(statistic.value) if statistic.present else 0)
    return found


def _grouped(pairs: Named) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = {}
    for name, path in pairs:
        groups.setdefault(name, []).append(path)
    return groups


def load_results(paths: Sequence[Path], analyses: Mapping[str, str]) -> Results:
    """Read the result rows of one role into a look-up; those of endpoints that are not shown are left."""
    rows = read_tables(paths, ARD)
    return Results(rows[rows["endpoint"].isin(list(analyses))].reset_index(drop=True), analyses)


def load_panel(
    paths: Sequence[Path], analyses: Sequence[ShownAnalysis]
) -> tuple[tuple[ShownAnalysis, Results], ...]:
    """Read the result rows of several analyses of the same endpoints, each into a look-up of its own."""
    rows = read_tables(paths, ARD)
    return tuple(
        (shown, Results(_of(rows, shown), dict.fromkeys(shown.endpoints or ("",), shown.id)))
        for shown in analyses
    )


def _of(rows: pd.DataFrame, shown: ShownAnalysis) -> pd.DataFrame:
    mine = (rows["analysis"] == shown.id) & rows["endpoint"].isin(list(shown.endpoints or ("",)))
    return rows[mine].reset_index(drop=True)


def load_stamp(lock: Path, label: Path, study: Identity, program: str) -> Stamp:
    """Read the verified lock and what outputs must say of it; return the stamp of an output of `program`."""
    return read_stamp(read_json(lock), read_json(label)["marks"], study, program, str(lock))


def load_data(name: str, path: Path, spec: OutputSpec) -> pd.DataFrame:
    """Read a data set that a template asked for.

    Raises
    ------
    DataError
        If there is no such data set, or its columns are not the declared ones.
    """
    if name == "adlb":
        return read_columns(path, {**RECORD_COLUMNS, spec.population.flag: "text", spec.treatment: "text"})
    if name == "weights":
        return read_columns(path, WEIGHT_COLUMNS)
    if name in spec.columns:
        return read_columns(path, spec.columns[name])
    if name not in BOOKS:
        raise DataError(
            name,
            f"expected one of adlb, adsl, adae, adlbsaf, weights, {', '.join(BOOKS)} as data of an output",
        )
    return load_book(name, path)


def load_book(name: str, path: Path) -> pd.DataFrame:
    """Read a book of the intake (queries, accounting, quality), or the table of numbers computed twice."""
    return read_table(path, BOOKS[name])


def load_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read names and rows of a small data file as they are printed in it."""
    names, *rows = csv.reader(io.StringIO(read_text(path), newline=""))
    return names, rows


def load_records(folder: Path, analysis: str, places: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Read what an analysis recorded of each of its places."""
    return {place: dict(read_json(folder / analysis / place / "record.json")) for place in places}


def load_comparisons(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read the comparisons in a folder: the name of each, and what it says of itself."""
    found = sorted(folder.glob("*/comparison.json"))
    return [(path.parent.name, dict(read_json(path))) for path in found]


def load_entry(path: Path) -> dict[str, Any]:
    """Read what an output says of itself.

    Raises
    ------
    DataError
        If the output has not been made.
    """
    if not path.is_file():
        raise DataError(str(path), "expected this output of the catalogue, found no such file")
    return dict(read_json(path))


def save_entry(entry: Mapping[str, Any], path: Path) -> None:
    """Write what an output says of itself."""
    write_json(path, entry)


def load_asset(name: str) -> str:
    """Return the text of a template or style sheet of this room; `name` starts with its folder."""
    return (ROOM / name).read_text(encoding="utf-8")


def load_fragment(path: Path, begin: str, end: str) -> str:
    """Return the part of a page between two marker comments.

    Raises
    ------
    DataError
        If the file is absent or has not both markers.
    """
    if not path.is_file():
        raise DataError(str(path), "expected this output for the report, found no such file")
    text = read_text(path)
    if text.count(begin) != 1 or text.count(end) != 1:
        raise DataError(
            str(path), "expected one marked output in the page", hint="delete the file, run again"
        )
    return text.split(begin)[1].split(end)[0]


def missing_files(paths: Iterable[Path]) -> list[str]:
    """Return the names of the files that do not exist."""
    return [path.name for path in paths if not path.is_file()]


def suffixed(base: Path, suffix: str) -> Path:
    """Return the output path of one format: `base` is the path without suffix."""
    return base.with_name(base.name + suffix)


def save_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a data file of a figure."""
    write_table(path, frame, list(frame.columns))


def save_printed(frame: pd.DataFrame, path: Path) -> None:
    """Write the printed texts of a table."""
    write_printed(path, frame)


def save_bytes(content: bytes, path: Path) -> None:
    """Write a file of bytes, as a picture is."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def load_bytes(path: Path) -> bytes:
    """Return the content of an output's file."""
    return read_bytes(path)


def restore_bytes(content: bytes, path: Path) -> None:
    """Write a file of bytes in the place of another, with that one's time: to snakemake it is the same."""
    state = path.stat()
    with replacing(path) as temporary:
        temporary.write_bytes(content)
        os.utime(temporary, ns=(state.st_atime_ns, state.st_mtime_ns))


def restore_entry(entry: Mapping[str, Any], path: Path) -> None:
    """Write what an output says of itself in the place of what it said, with that time."""
    restore_bytes(json_text(entry).encode("utf-8"), path)


def load_page(path: Path) -> str:
    """Return the text of an output's file."""
    return read_text(path)


def save_page(text: str, path: Path) -> None:
    """Write a page."""
    write_text(path, text)
