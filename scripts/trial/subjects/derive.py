"""EDC rows to subject-level analysis data (ADSL), visits (ADSV) and adverse events (ADAE)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from trial.study.books import ACCOUNTING, QUERIES
from trial.study.errors import DataError
from trial.study.models import Arm
from trial.subjects.edc import EdcFile, parse_dates
from trial.subjects.schema import ADAE, ADSL, ADSV


@dataclass
class Books:
    """Queries and row fates collected while the EDC files are read."""

    queries: list[dict[str, str]] = field(default_factory=list)
    fates: list[dict[str, str]] = field(default_factory=list)

    def query(self, file: EdcFile, row: pd.Series, rule: str, found: str, question: str, done: str) -> None:
        """Add one question about one row of an EDC file."""
        subject = str(row["USUBJID"])
        self.queries.append(
            dict.fromkeys(QUERIES, "")
            | {"SUBJECT": subject, "RULE": rule, "FOUND": found, "QUESTION": question, "DONE": done}
            | {"SOURCE": "edc", "FILE": file.name, "ROW": str(row["ROW"])}
        )

    def settle(self, file: EdcFile, quarantined: Mapping[int, str]) -> None:
        """Give every row of `file` its fate: quarantined by the rule given, else used."""
        for row in file.rows["ROW"]:
            rule = quarantined.get(row, "")
            self.fates.append(
                dict.fromkeys(ACCOUNTING, "")
                | {"SOURCE": "edc", "FILE": file.name, "ROW": str(row)}
                | {"FATE": "quarantined" if rule else "used", "RULE": rule}
            )

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return queries and accounting as tables with their declared columns."""
        return (
            pd.DataFrame(self.queries, columns=list(QUERIES)),
            pd.DataFrame(self.fates, columns=list(ACCOUNTING)),
        )


def derive_adsl(files: Mapping[str, EdcFile], arms: Sequence[Arm], books: Books) -> pd.DataFrame:
    """Return ADSL, one row per subject of the subjects file, sorted by USUBJID.

    Time zero (INDEXDT) is the first of the arm's date rules whose date is present; INDEXRULE says which.

    Raises
    ------
    DataError
        If a subject stands twice, has no id, or its arm text is not in the configuration.
    """
    file = files["subjects"]
    rows = file.rows
    _check_subjects(file, arms)
    by_text = {text.casefold(): arm for arm in arms for text in arm.site_texts}
    dates = {name: _dates(file, name, books) for name in ("ENROL_DT", "ALLOC_DT", "INFUSION_DT")}
    arm_of = rows["ARM"].map(lambda text: by_text[text.casefold()])
    index = [
        _index_date(arm, {n: d[i] for n, d in dates.items()})
        for i, arm in zip(rows.index, arm_of, strict=True)
    ]
    enrolled = pd.to_datetime(dates["ENROL_DT"], errors="coerce")
    height = _numbers(file, "HEIGHT_CM", books) / 100
    code = arm_of.map(lambda arm: arm.code)
    adsl = pd.DataFrame(
        {
            "USUBJID": rows["USUBJID"],
            "ARMCD": code,
            "ARM": arm_of.map(lambda arm: arm.label),
            "TRT01P": code,
            "TRT01A": _actual(rows, arm_of, dates["INFUSION_DT"]),
            "SEX": rows["SEX"],
            "AGE": (enrolled.dt.year - _numbers(file, "BRTHYR", books)).astype(float),
            "DIABDUR": (enrolled.dt.year - _numbers(file, "DIAG_YEAR", books)).astype(float),
            "BMI": _numbers(file, "WEIGHT_KG", books) / height**2,
            "ENRLDT": dates["ENROL_DT"],
            "ALLOCDT": dates["ALLOC_DT"],
            "TRTSDT": dates["INFUSION_DT"],
            "INDEXDT": [date for date, _ in index],
            "INDEXRULE": [rule for _, rule in index],
        }
    )
    adsl["ENRLFL"] = _flag(adsl["ENRLDT"] != "")
    adsl["FASFL"] = _flag((adsl["ALLOCDT"] != "") & (adsl["INDEXDT"] != ""))
    adsl["SAFFL"] = _flag((adsl["FASFL"] == "Y") & (adsl["TRT01A"] != ""))
    for _, row in rows[adsl["INDEXDT"] == ""].iterrows():
        books.query(
            file,
            row,
            "NO_INDEX_DATE",
            "no date from which visits could be counted",
            "Please give the allocation and, where infused, the infusion date",
            "subject left out of FASFL",
        )
    known = set(adsl["USUBJID"])
    books.settle(file, {})
    adsl = adsl.merge(_rescue(files.get("medications"), known, books), on="USUBJID", how="left")
    adsl = adsl.merge(_discontinued(files.get("discontinuation"), known, books), on="USUBJID", how="left")
    return adsl.fillna({"RESCDT": "", "DISCDT": "", "DSDECOD": ""}).sort_values("USUBJID")[list(ADSL)]


def derive_adsv(file: EdcFile | None, adsl: pd.DataFrame, books: Books) -> pd.DataFrame:
    """Return ADSV, one row per subject and scheduled visit, with the hours fasted."""
    if file is None:
        return pd.DataFrame(columns=list(ADSV))
    rows = _of_known_subjects(file, set(adsl["USUBJID"]), books)
    return pd.DataFrame(
        {
            "USUBJID": rows["USUBJID"],
            "VISIT": rows["VISIT"],
            "SVDT": _dates(file, "VISIT_DT", books)[rows.index],
            "DONE": rows["DONE"],
            "FASTING_H": _numbers(file, "FASTING_H", books)[rows.index],
            "REASON": rows["REASON_NOT_DONE"],
        }
    ).sort_values(["USUBJID", "SVDT", "VISIT"])[list(ADSV)]


def derive_adae(file: EdcFile | None, adsl: pd.DataFrame, books: Books) -> pd.DataFrame:
    """Return ADAE, one row per adverse event; treatment-emergent when it starts on or after INDEXDT."""
    if file is None:
        return pd.DataFrame(columns=list(ADAE))
    rows = _of_known_subjects(file, set(adsl["USUBJID"]), books)
    adae = rows.rename(columns={"AESOC": "AEBODSYS"})
    adae["ASTDT"] = _dates(file, "AESTDTC", books)[rows.index]
    adae["AENDT"] = _dates(file, "AEENDTC", books)[rows.index]
    adae = adae.merge(adsl[["USUBJID", "TRT01A", "INDEXDT"]], on="USUBJID", how="left")
    days = (
        pd.to_datetime(adae["ASTDT"], errors="coerce") - pd.to_datetime(adae["INDEXDT"], errors="coerce")
    ).dt.days
    adae["ASTDY"] = days.astype(float)
    # An event without a start date counts as emergent: safety errs on the side of reporting.
    adae["TRTEMFL"] = _flag(~(days < 0))
    return adae.sort_values(["USUBJID", "ASTDT", "AEDECOD", "ROW"])[list(ADAE)]


def account_key(file: EdcFile, adsl: pd.DataFrame, books: Books) -> None:
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
    _of_known_subjects(file, set(adsl["USUBJID"]), books)


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


def _rescue(file: EdcFile | None, known: set[str], books: Books) -> pd.DataFrame:
    """Return the first date of rescue medication by subject (RESCDT)."""
    if file is None:
        return pd.DataFrame(columns=["USUBJID", "RESCDT"])
    rows = _of_known_subjects(file, known, books)
    # Only rescue needs a whole date; medicines of long standing are often known by year alone.
    rescue = rows[rows["CMREASON"].str.casefold() == "rescue"]
    rescue = rescue.assign(RESCDT=_dates(EdcFile(file.name, rescue), "CMSTDTC", books))
    first = rescue[rescue["RESCDT"] != ""].groupby("USUBJID")["RESCDT"].min()
    return first.reset_index()


def _discontinued(file: EdcFile | None, known: set[str], books: Books) -> pd.DataFrame:
    """Return the first discontinuation by subject (DISCDT, DSDECOD)."""
    if file is None:
        return pd.DataFrame(columns=["USUBJID", "DISCDT", "DSDECOD"])
    rows = _of_known_subjects(file, known, books)
    rows = rows.assign(DISCDT=_dates(file, "DSDTC", books)[rows.index])
    return rows.sort_values(["USUBJID", "DISCDT"]).drop_duplicates("USUBJID")[
        ["USUBJID", "DISCDT", "DSDECOD"]
    ]


def _of_known_subjects(file: EdcFile, known: set[str], books: Books) -> pd.DataFrame:
    """Return the rows of subjects in the subjects file; the others are queried and quarantined."""
    unknown = file.rows[~file.rows["USUBJID"].isin(known)]
    for _, row in unknown.iterrows():
        books.query(
            file,
            row,
            "UNKNOWN_SUBJECT",
            "the subject is not in the subjects file",
            "Whose record is this?",
            "row quarantined",
        )
    books.settle(file, dict.fromkeys(unknown["ROW"], "UNKNOWN_SUBJECT"))
    return file.rows[file.rows["USUBJID"].isin(known)]


def _dates(file: EdcFile, name: str, books: Books) -> pd.Series:
    """Return a date column; texts that are no date are queried and left empty."""
    dates, bad = parse_dates(file.rows[name])
    for _, row in file.rows[bad].iterrows():
        books.query(
            file,
            row,
            "IMPOSSIBLE_DATE",
            f"{name} = '{row[name]}'",
            "Please give the date as YYYY-MM-DD",
            "date left empty",
        )
    return dates


def _numbers(file: EdcFile, name: str, books: Books) -> pd.Series:
    """Return a numeric column; texts that are no number are queried and left missing."""
    text = file.rows[name]
    numbers = pd.to_numeric(text.where(text != ""), errors="coerce").astype(float)
    for _, row in file.rows[(text != "") & numbers.isna()].iterrows():
        books.query(
            file,
            row,
            "NOT_A_NUMBER",
            f"{name} = '{row[name]}'",
            "Please give the number",
            "value left missing",
        )
    return numbers


def _flag(condition: pd.Series) -> pd.Series:
    return condition.map({True: "Y", False: ""})
