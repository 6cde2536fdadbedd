"""EDC rows to subject-level analysis data (ADSL), visits (ADSV) and adverse events (ADAE)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd

from trial.study.errors import DataError
from trial.subjects.books import Books
from trial.subjects.cells import read_column, read_dates, read_numbers
from trial.subjects.config import Arm, SubjectColumn
from trial.subjects.edc import EdcFile
from trial.subjects.schema import ADAE, ADSL, ADSV

ORDER = ("CONSENT_DT", "ENROL_DT", "ALLOC_DT", "INFUSION_DT")


def derive_adsl(
    files: Mapping[str, EdcFile], arms: Sequence[Arm], columns: Mapping[str, SubjectColumn], books: Books
) -> pd.DataFrame:
    """Return ADSL without the populations' flags: one row per subject of the subjects file, by USUBJID.

    Time zero (INDEXDT) is the first of the arm's date rules whose date is present; INDEXRULE says which.
    `columns` are the study's own columns of the subjects file.

    Raises
    ------
    DataError
        If a subject stands twice, has no id, or its arm text is not in the configuration.
    """
    file = files["subjects"]
    rows = file.rows
    _check_subjects(file, arms)
    by_text = {text.casefold(): arm for arm in arms for text in arm.site_texts}
    dates = {name: read_dates(file, name, books) for name in ORDER}
    _ask_order(file, dates, books)
    arm_of = rows["ARM"].map(lambda text: by_text[text.casefold()])
    index = [
        _index_date(arm, {n: d[i] for n, d in dates.items()})
        for i, arm in zip(rows.index, arm_of, strict=True)
    ]
    enrolled = pd.to_datetime(dates["ENROL_DT"], errors="coerce")
    height = read_numbers(file, "HEIGHT_CM", books, positive=True) / 100
    code = arm_of.map(lambda arm: arm.code)
    adsl = pd.DataFrame(
        {
            "USUBJID": rows["USUBJID"],
            "ARMCD": code,
            "ARM": arm_of.map(lambda arm: arm.label),
            "TRT01P": code,
            "TRT01A": _actual(rows, arm_of, dates["INFUSION_DT"]),
            "SEX": rows["SEX"],
            "AGE": (enrolled.dt.year - read_numbers(file, "BRTHYR", books)).astype(float),
            "DIABDUR": (enrolled.dt.year - read_numbers(file, "DIAG_YEAR", books)).astype(float),
            "BMI": read_numbers(file, "WEIGHT_KG", books, positive=True) / height**2,
            "ENRLDT": dates["ENROL_DT"],
            "ALLOCDT": dates["ALLOC_DT"],
            "TRTSDT": dates["INFUSION_DT"],
            "INDEXDT": [date for date, _ in index],
            "INDEXRULE": [rule for _, rule in index],
            **{name: read_column(file, name, columns[name], books) for name in sorted(columns)},
        }
    )
    for _, row in rows[adsl["INDEXDT"] == ""].iterrows():
        found = "no date from which visits could be counted"
        books.query(file, row["ROW"], row["USUBJID"], "NO_INDEX_DATE", found)
    books.settle(file, {})
    adsl = adsl.merge(_rescue(files.get("medications"), books), on="USUBJID", how="left")
    adsl = adsl.merge(_discontinued(files.get("discontinuation"), books), on="USUBJID", how="left")
    adsl = adsl.fillna({"RESCDT": "", "DISCDT": "", "DSDECOD": ""}).sort_values("USUBJID")
    return adsl[[*ADSL, *sorted(columns)]]


def derive_adsv(file: EdcFile | None, books: Books) -> pd.DataFrame:
    """Return ADSV, one row per subject and visit as the site names it, with the hours fasted."""
    if file is None:
        return pd.DataFrame(columns=list(ADSV))
    file = _of_known_subjects(file, books)
    _ask_visits(file, books)
    return pd.DataFrame(
        {
            "USUBJID": file.rows["USUBJID"],
            "VISIT": file.rows["VISIT"],
            "SVDT": read_dates(file, "VISIT_DT", books),
            "DONE": file.rows["DONE"],
            "FASTING_H": read_numbers(file, "FASTING_H", books),
            "REASON": file.rows["REASON_NOT_DONE"],
        }
    ).sort_values(["USUBJID", "SVDT", "VISIT"])[list(ADSV)]


def derive_adae(file: EdcFile | None, adsl: pd.DataFrame, books: Books) -> pd.DataFrame:
    """Return ADAE, one row per adverse event; treatment-emergent when it starts on or after INDEXDT."""
    if file is None:
        return pd.DataFrame(columns=list(ADAE))
    file = _of_known_subjects(file, books)
    adae = file.rows.rename(columns={"AESOC": "AEBODSYS"})
    adae["ASTDT"] = read_dates(file, "AESTDTC", books)
    adae["AENDT"] = read_dates(file, "AEENDTC", books)
    adae = adae.merge(adsl[["USUBJID", "TRT01A", "INDEXDT"]], on="USUBJID", how="left")
    days = (
        pd.to_datetime(adae["ASTDT"], errors="coerce") - pd.to_datetime(adae["INDEXDT"], errors="coerce")
    ).dt.days
    adae["ASTDY"] = days.astype(float)
    # An event without a start date counts as emergent: safety errs on the side of reporting.
    adae["TRTEMFL"] = _flag(~(days < 0))
    return adae.sort_values(["USUBJID", "ASTDT", "AEDECOD", "ROW"])[list(ADAE)]


def account_key(file: EdcFile, books: Books) -> None:
    """Account for the key file: hospital numbers must be there once each, for known subjects.

    Raises
    ------
    DataError
        If a hospital number or a subject stands twice. The message names rows, never the numbers.
    """
    rows = file.rows
    twice = (
        rows["MA_BN"].duplicated(keep=False) | rows["USUBJID"].duplicated(keep=False) | (rows["MA_BN"] == "")
    )
    if twice.any():
        raise DataError(
            f"data/raw/{file.name}",
            "a hospital number or subject stands twice or is empty",
            [f"row {row}" for row in rows.loc[twice, "ROW"]],
            "each subject needs exactly one hospital number",
        )
    _of_known_subjects(file, books)


def _check_subjects(file: EdcFile, arms: Sequence[Arm]) -> None:
    rows, where = file.rows, f"data/raw/{file.name}"
    known = {text.casefold() for arm in arms for text in arm.site_texts}
    for bad, problem, hint in (
        (rows["USUBJID"] == "", "a row has no USUBJID", "give each subject its id"),
        (
            rows["USUBJID"].duplicated(keep=False),
            "a subject stands in several rows",
            "keep one row per subject",
        ),
        (
            ~rows["ARM"].str.casefold().isin(known),
            "the arm text is not one of arms.site_texts in the configuration",
            "mend the file, or add the site's spelling to the arm's site_texts",
        ),
    ):
        if bad.any():
            offenders = [f"row {r.ROW}: {r.USUBJID}, ARM '{r.ARM}'" for r in rows[bad].itertuples()]
            raise DataError(where, problem, offenders, hint)


def _index_date(arm: Arm, dates: Mapping[str, str]) -> tuple[str, str]:
    """Return the index date of one subject and the rule that gave it (`""` when none applies)."""
    for rule in arm.index_date:
        if dates[rule.column]:
            day = pd.Timestamp(dates[rule.column]) + pd.Timedelta(days=rule.lag_days)
            return day.strftime("%Y-%m-%d"), f"{rule.column}+{rule.lag_days}"
    return "", ""


def _actual(rows: pd.DataFrame, arm_of: pd.Series, infused: pd.Series) -> list[str]:
    """Return the treatment received: an arm timed by infusion counts only for those who were infused."""
    return [
        "" if arm.index_date[0].column == "INFUSION_DT" and not infused[i] else arm.code
        for i, arm in zip(rows.index, arm_of, strict=True)
    ]


def _ask_order(file: EdcFile, dates: Mapping[str, pd.Series], books: Books) -> None:
    """Ask about each subject whose dates are not in `ORDER`; absent dates are passed over."""
    days = pd.DataFrame({name: dates[name] for name in ORDER})
    for (_, row), (_, day) in zip(file.rows.iterrows(), days.iterrows(), strict=True):
        present = [(name, day[name]) for name in ORDER if day[name]]
        found = [f"{a} {x} after {b} {y}" for (a, x), (b, y) in pairwise(present) if x > y]
        if found:
            books.query(file, row["ROW"], row["USUBJID"], "DATE_ORDER", "; ".join(found))


def _ask_visits(file: EdcFile, books: Books) -> None:
    """Ask about answers other than Y and N, and about a visit that a subject has twice.

    The names of visits are the site's own: screening and unscheduled visits are in no analysis window.
    """
    first: dict[tuple[str, str], int] = {}
    for _, row in file.rows.iterrows():
        line, subject, visit, done = row["ROW"], row["USUBJID"], row["VISIT"], row["DONE"]
        if done not in ("Y", "N", ""):
            books.query(file, line, subject, "UNKNOWN_ANSWER", f"DONE = '{done}'")
        before = first.setdefault((subject, visit), line)
        if before != line:
            books.query(file, line, subject, "REPEATED_VISIT", f"VISIT = '{visit}', as in row {before}")


def _rescue(file: EdcFile | None, books: Books) -> pd.DataFrame:
    """Return the first date of rescue medication by subject (RESCDT)."""
    if file is None:
        return pd.DataFrame(columns=["USUBJID", "RESCDT"])
    rows = _of_known_subjects(file, books).rows
    # Only rescue needs a whole date; medicines of long standing are often known by year alone.
    rescue = rows[rows["CMREASON"].str.casefold() == "rescue"]
    rescue = rescue.assign(RESCDT=read_dates(EdcFile(file.name, rescue), "CMSTDTC", books))
    first = rescue[rescue["RESCDT"] != ""].groupby("USUBJID")["RESCDT"].min()
    return first.reset_index()


def _discontinued(file: EdcFile | None, books: Books) -> pd.DataFrame:
    """Return the first discontinuation by subject (DISCDT, DSDECOD)."""
    if file is None:
        return pd.DataFrame(columns=["USUBJID", "DISCDT", "DSDECOD"])
    file = _of_known_subjects(file, books)
    rows = file.rows.assign(DISCDT=read_dates(file, "DSDTC", books))
    return rows.sort_values(["USUBJID", "DISCDT"]).drop_duplicates("USUBJID")[
        ["USUBJID", "DISCDT", "DSDECOD"]
    ]


def _of_known_subjects(file: EdcFile, books: Books) -> EdcFile:
    """Return the file with the rows of known subjects; the others are queried and quarantined."""
    known = file.rows["USUBJID"].isin(list(books.subjects))
    near = {_fold(subject): subject for subject in sorted(books.subjects)}
    for _, row in file.rows[~known].iterrows():
        match = near.get(_fold(row["USUBJID"]), "")
        found = "the subject is not in the subjects file" + (f" (which has {match})" if match else "")
        books.query(file, row["ROW"], row["USUBJID"], "UNKNOWN_SUBJECT", found)
    books.settle(file, dict.fromkeys(file.rows.loc[~known, "ROW"], "UNKNOWN_SUBJECT"))
    return EdcFile(file.name, file.rows[known])


def _fold(subject: str) -> str:
    return "".join(subject.upper().split())


def _flag(condition: pd.Series) -> pd.Series:
    return condition.map({True: "Y", False: ""})
