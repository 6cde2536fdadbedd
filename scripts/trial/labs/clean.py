"""From raw exports to usable results: read, standardise, settle repeats, judge, keep the books."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from trial.labs.books import keep_books, list_results
from trial.labs.config import Correction, LabsSpec, Source
from trial.labs.config_units import make_conversions
from trial.labs.copies import hand_over
from trial.labs.corrections import apply_corrections, check_all_applied
from trial.labs.identity import AnalyteNames, SubjectKey
from trial.labs.layouts import read_source
from trial.labs.ledger import Ledger, join_ledgers
from trial.labs.limits import complete_limits
from trial.labs.plausible import (
    find_unusable,
    judge_consistency,
    judge_factors,
    judge_limits,
    judge_logic,
    judge_samples,
    judge_tubes,
    judge_values,
)
from trial.labs.quality import summarise
from trial.labs.raw import Note
from trial.labs.repeats import settle_routes, settle_versions
from trial.labs.rules import ABOUT_UNITS
from trial.labs.standardise import Tables, standardise
from trial.labs.units import UnitNames
from trial.study.errors import DataError
from trial.study.privacy import Identifiers
from trial.study.raw_files import RawFolder


@dataclass(frozen=True)
class CleanedLabs:
    """What the intake gives; columns as `trial.labs.schema` declares them.

    Parameters
    ----------
    labs : DataFrame
        One usable result per row.
    queries : DataFrame
        One question to the site per row.
    accounting : DataFrame
        One raw row per row, with its fate.
    quality : DataFrame
        Counts per source and analyte.
    """

    labs: pd.DataFrame
    queries: pd.DataFrame
    accounting: pd.DataFrame
    quality: pd.DataFrame


def clean(
    spec: LabsSpec,
    raw: RawFolder,
    key: Mapping[str, str],
    subjects: Iterable[str] = (),
    screened: Iterable[str] = (),
    sexes: Mapping[str, str] | None = None,
    cut: date = date.max,
) -> CleanedLabs:
    """Return usable results, questions and the fate of every raw row.

    Parameters
    ----------
    spec : LabsSpec
    raw : RawFolder
        Folder that the files of the sources are named from.
    key : mapping of str to str
        Hospital number to pseudonymous subject id.
    subjects : iterable of str
        Further subject ids that an export with study ids may name.
    screened : iterable of str
        The screening failures: their rows are counted and left out.
    sexes : mapping of str to str, optional
        F or M by subject, for the study's own reference limits.
    cut : date
        The data cut: what was collected later is left out.

    Raises
    ------
    DataError
        If a file is absent, or is not what its source declares.
    """
    tables = Tables(
        spec.analytes, AnalyteNames(spec.analytes), UnitNames(spec.units),
        make_conversions(spec.conversions), spec.factors,
        SubjectKey(key, frozenset(subjects), frozenset(screened)), cut,
    )  # fmt: skip
    frame, ledger, notes, identifiers = _read_all(spec, raw, tables)
    _keep_identifiers_out(frame, identifiers, ledger)
    settle_versions(frame, find_unusable(frame, spec.analytes), ledger)
    pending = frame["PENDING"].to_numpy(dtype=object)
    shown = np.where(np.isin(pending, ABOUT_UNITS), frame["UNIT_SHOWN"], frame["SHOWN"])
    ledger.quarantine(pending, np.where(pending == "UNKNOWN_QUALIFIER", frame["MARK"], shown))
    judge_limits(frame, spec.analytes, ledger)
    settle_routes(frame, ledger)
    frame = hand_over(frame, ledger)
    judge_samples(frame, spec.analytes, ledger)
    judge_values(frame, spec.analytes, spec.factors, tables.conversions, ledger)
    judge_logic(frame, spec.sources, ledger)
    judge_consistency(frame, spec.consistency, ledger)
    judge_tubes(frame, spec.analytes, ledger)
    judge_factors(frame, ledger)
    labs = complete_limits(list_results(frame, ledger, identifiers), spec.analytes, sexes or {})
    queries, accounting = keep_books(frame, ledger, notes, identifiers)
    return CleanedLabs(labs, queries, accounting, summarise(frame, ledger))


def _read_all(
    spec: LabsSpec, raw: RawFolder, tables: Tables
) -> tuple[pd.DataFrame, Ledger, list[tuple[str, Note]], Identifiers]:
    """Return the standard records of all sources, their ledger, notes on files, identifiers seen."""
    frames, ledgers, notes = [], [], []
    seen: set[str] = set()
    done: set[Correction] = set()
    for name, source in sorted(spec.sources.items(), key=lambda item: item[1].precedence):
        records = read_source(name, source, raw, read_vocabulary(source, spec))
        ledger = Ledger(len(records))
        records = apply_corrections(records, spec.corrections, ledger, done)
        frames.append(standardise(name, source, records, tables, ledger))
        ledgers.append(ledger)
        notes += [(name, note) for note in records.notes]
        seen |= records.identifiers
    check_all_applied(spec.corrections, done)
    frame = pd.concat(frames, ignore_index=True)
    identifiers = Identifiers(seen, tables.key.numbers())
    _check_file_names(frame, identifiers)
    return frame, join_ledgers(ledgers), notes, identifiers


def _keep_identifiers_out(frame: pd.DataFrame, identifiers: Identifiers, ledger: Ledger) -> None:
    """Quarantine records one of whose numbers is a hospital number; texts are withheld later."""
    held = np.zeros(len(frame), dtype=bool)
    for name in ("REPORTED", "LIMIT", "LLOQ", "ULOQ", "ANRLO", "ANRHI"):
        held |= identifiers.equals_number(frame[name].to_numpy())
    ledger.quarantine_where(held, "IDENTIFIER_IN_RESULT", frame["SHOWN"].to_numpy(dtype=object))


def read_vocabulary(source: Source, spec: LabsSpec) -> tuple[str, ...]:
    """Return words that the export holds; in a legacy encoding their bytes give it away."""
    names = [text for analyte in spec.analytes.values() for text in analyte.synonyms]
    headers = [part for text in (*source.columns.values(), *source.identifiers) for part in text.split(" / ")]
    return (*headers, *names, *source.words.specimen, *source.words.status)


def _check_file_names(frame: pd.DataFrame, identifiers: Identifiers) -> None:
    names = pd.unique(frame["FILE"])
    # The message must not repeat the number either: it tells the position in the sorted list.
    if held := [at for at, name in enumerate(sorted(names), 1) if identifiers.holds(name, prose=False)]:
        raise DataError(
            "names of raw files", "a file's name holds a patient's name or hospital number",
            [f"file {at} of {len(names)}, in alphabetical order" for at in held],
            "rename the files (patient_01.csv, ...): their names stand in every output",
        )  # fmt: skip
