"""The file's ADSL to that of the study: treatments by their arms, populations by their conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trial.adam.books import Books
from trial.adam.cells import Cells, read_cells
from trial.adam.config import GivenArm, GivenPopulation, SubjectFile
from trial.adam.schema import adsl
from trial.study.books import END_AFTER_CUT
from trial.study.dummy_arms import deal_arms
from trial.study.errors import DataError
from trial.study.raw_files import RawFolder
from trial.study.text import fold
from trial.subjects.conditions import SEPARATOR, judge_condition
from trial.subjects.schema import POPULATIONS

DATASET = "ADSL"


@dataclass(frozen=True)
class Subjects:
    """Who is in the study.

    Attributes
    ----------
    adsl : DataFrame
        Columns of `schema.adsl`.
    populations : DataFrame
        Columns `POPULATIONS`.
    screened : frozenset of str
        The screening failures, who are in neither.
    """

    adsl: pd.DataFrame
    populations: pd.DataFrame
    screened: frozenset[str]


def subject_columns(file: SubjectFile) -> dict[str, str]:
    """Return the file's column of each variable that is read."""
    own = {name: name for name in file.subject_columns}
    return own | {name: text for name, text in file.columns.model_dump().items() if text is not None}


def take_subjects(
    cells: Cells, file: SubjectFile, arms: Sequence[GivenArm], populations: Mapping[str, GivenPopulation]
) -> Subjects:
    """Return the subjects, their membership of the populations, and the screening failures.

    Raises
    ------
    DataError
        If a subject has no id or stands twice, a treatment is none of the arms, or nobody has one.
    """
    by_text = {fold(text): arm for arm in arms for text in arm.texts}
    failed = cells.table["TRT01P"].map(fold).isin([fold(text) for text in file.screen_failures])
    _refuse(cells, ~failed, by_text)
    cells, shortened = cells.without_later(_dates(file, cells))
    rule = pd.Series(np.select([failed, shortened], ["SCREEN_FAILURE", END_AFTER_CUT], ""))
    cells.books.settle(cells.file.file, cells.dataset, "", cells.table, rule)
    kept = cells.where(~failed)
    planned = kept.table["TRT01P"].map(lambda text: by_text[fold(text)])
    code = planned.map(lambda arm: arm.code)
    core = {
        "USUBJID": kept.table["USUBJID"],
        "ARMCD": code,
        "ARM": planned.map(lambda arm: arm.label),
        "TRT01P": code,
        "TRT01A": _received(kept, by_text),
        **{name: kept.dates(name) if name in kept.columns else "" for name in ("INDEXDT", "DISCDT")},
    }
    own = {name: kept.column(name, column) for name, column in sorted(file.subject_columns.items())}
    table = pd.DataFrame(own, index=kept.table.index)
    flags, members = _judge(kept.table["USUBJID"], table, populations)
    found = pd.DataFrame(core).join(table.drop(columns=list(populations), errors="ignore")).join(flags)
    names = list(adsl(populations, file.subject_columns))
    screened = frozenset(cells.table.loc[failed, "USUBJID"])
    return Subjects(found.sort_values("USUBJID")[names], members, screened)


def read_subjects(raw: RawFolder, file: SubjectFile, books: Books) -> Cells:
    """Return the cells of the file's ADSL; in a dry run with arms that are dealt anew (`deal_arms`)."""
    cells = read_cells(raw, "adam.adsl", DATASET, file, subject_columns(file), books)
    if not raw.dummy_arms:
        return cells
    names = [name for name in ("TRT01P", "TRT01A") if name in cells.columns]
    failed = {fold(text) for text in file.screen_failures}
    rows = cells.table[~cells.table["TRT01P"].map(fold).isin(failed)]
    real = dict(zip(rows["USUBJID"], rows[names].itertuples(index=False, name=None), strict=True))
    dealt = deal_arms(real, raw.dummy_arms)
    table = cells.table.copy()
    table.loc[rows.index, names] = [dealt[subject] for subject in rows["USUBJID"]]
    return replace(cells, table=table)


def _dates(file: SubjectFile, cells: Cells) -> list[str]:
    """Return the dates of a subject that the file has: those after the data cut had not happened at it."""
    own = [name for name, column in file.subject_columns.items() if column.kind == "date"]
    return [*(name for name in ("INDEXDT", "DISCDT") if name in cells.columns), *own]


def _judge(
    subjects: pd.Series, table: pd.DataFrame, populations: Mapping[str, GivenPopulation]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one flag per population, and each subject's membership with the reasons."""
    flags, parts = {}, []
    for name in sorted(populations):
        reasons = [judge_condition(table, condition)["REASON"] for condition in populations[name].conditions]
        joined = [SEPARATOR.join(filter(None, row)) for row in zip(*reasons, strict=True)]
        reason = pd.Series(joined, index=table.index, dtype="str")
        flags[name] = reason.map(lambda text: "" if text else "Y")
        member = {"MEMBER": flags[name].replace("", "N"), "REASON": reason}
        parts.append(pd.DataFrame({"USUBJID": subjects, "POPULATION": name, **member}))
    members = pd.concat(parts).sort_values(["USUBJID", "POPULATION"], kind="stable")
    return pd.DataFrame(flags, index=table.index), members[list(POPULATIONS)]


def _received(cells: Cells, by_text: Mapping[str, GivenArm]) -> pd.Series | str:
    """Return the arm of the treatment received; empty for those who received none."""
    if "TRT01A" not in cells.columns:
        return ""
    return cells.table["TRT01A"].map(lambda text: by_text[fold(text)].code if text else "")


def _refuse(cells: Cells, assigned: pd.Series, by_text: Mapping[str, GivenArm]) -> None:
    table, where = cells.table, f"data/raw/{cells.file.file}"
    hint = "mend the file, or add its text to arms.texts, or to adam.adsl.screen_failures"
    problems = [
        (table["USUBJID"] == "", "a row has no subject", "give each subject its id"),
        (
            table["USUBJID"].duplicated(keep=False),
            "a subject stands in several rows",
            "keep one row per subject",
        ),
        (assigned & ~_known(table["TRT01P"], by_text), "the planned treatment is none of arms.texts", hint),
    ]
    if "TRT01A" in cells.columns:
        strange = assigned & ~_known(table["TRT01A"], by_text) & (table["TRT01A"] != "")
        problems.append((strange, "the treatment received is none of arms.texts", hint))
    for bad, problem, todo in problems:
        if bad.any():
            treatments = [name for name in ("TRT01P", "TRT01A") if name in cells.columns]
            offenders = [
                f"row {row['ROW']}: {row['USUBJID']}, "
                + ", ".join(f"{cells.columns[name]} '{cells.books.shown(row[name])}'" for name in treatments)
                for row in table[bad].to_dict("records")
            ]
            raise DataError(where, problem, offenders, todo)
    if not assigned.any():
        raise DataError(where, "every subject is a screening failure", hint="mend adam.adsl.screen_failures")


def _known(texts: pd.Series, by_text: Mapping[str, GivenArm]) -> pd.Series:
    return texts.map(fold).isin(list(by_text))
