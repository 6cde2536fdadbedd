"""Signed corrections of single raw cells: the only way a reported value is ever changed."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from trial.labs.config import Correction
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.text import clean_text
from trial.study.errors import DataError

RANGES = ("reference", "reference_low", "reference_high")


def apply_corrections(
    records: RawRecords, corrections: Iterable[Correction], ledger: Ledger, done: set[Correction]
) -> RawRecords:
    """Return records with the corrections of their files applied; those applied are added to `done`.

    Raises
    ------
    DataError
        If the cell does not hold the text that the correction says it found.
    """
    for correction in corrections:
        at = _find(records, correction)
        if at is None:
            continue
        column = records.roles[correction.field]
        found = clean_text(column.texts[column.codes[at]])
        if found != clean_text(correction.found):
            raise DataError(
                _name(correction), f"the signed correction expects '{correction.found}' and finds other text",
                hint="the export has changed since it was signed: sign the correction again",
            )  # fmt: skip
        roles = dict(records.roles)
        roles[correction.field] = column.replace(np.array([at]), correction.corrected)
        if correction.field == "unit":
            # Nobody signed in which unit the range beside it is printed.
            roles |= {name: roles[name].replace(np.array([at]), "") for name in RANGES}
        records = replace(records, roles=roles)
        said = f"{correction.field} '{found}' replaced by '{correction.corrected}': {correction.reason}"
        signed = f" (signed: {correction.signed_by_role}, {correction.signed_on.isoformat()})"
        ledger.flag(np.arange(len(records)) == at, "CORRECTED")
        ledger.ask_one(at, "SIGNED_CORRECTION", said + signed)
        done.add(correction)
    return records


def check_all_applied(corrections: Iterable[Correction], done: set[Correction]) -> None:
    """Refuse corrections that name no record.

    Raises
    ------
    DataError
        Naming the records that do not exist.
    """
    if lost := [_name(correction) for correction in corrections if correction not in done]:
        raise DataError(
            "corrections", "signed corrections name records that do not exist", lost,
            "mend file, sheet, row and column",
        )  # fmt: skip


def _find(records: RawRecords, correction: Correction) -> int | None:
    hits = np.flatnonzero(records.row == correction.row)
    for column, text in (
        (records.file, correction.file), (records.sheet, correction.sheet),
        (records.column, correction.column),
    ):  # fmt: skip
        hits = hits[[column.texts[column.codes[at]] == text for at in hits]]
    return int(hits[0]) if len(hits) else None


def _name(correction: Correction) -> str:
    parts = (correction.file, correction.sheet, str(correction.row), correction.column)
    return "#".join(parts)
