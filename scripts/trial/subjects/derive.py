"""EDC rows to subject-level analysis data (ADSL)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import pandas as pd

from trial.study.errors import DataError
from trial.study.text import fold
from trial.subjects.books import SCREEN_FAILURE, Books
from trial.subjects.cells import DATES, Cells
from trial.subjects.config import Arm, DateRule, EmergenceRule
from trial.subjects.config_edc import Edc
from trial.subjects.edc import EdcFile
from trial.subjects.events import find_discontinued
from trial.subjects.intercurrent import find_rescue
from trial.subjects.schema import assigned

ORDER = DATES["subjects"]


def derive_adsl(
    files: Mapping[str, EdcFile], adcm: pd.DataFrame, arms: Sequence[Arm], edc: Edc, books: Books
) -> pd.DataFrame:
    """Return ADSL without flags and with its raw row: one row per subject of the subjects file, by USUBJID.

    Time zero (INDEXDT) is the first of the arm's date rules whose date is present; INDEXRULE says which.
    Screening failures are accounted for and left out.

    Raises
    ------
    DataError
        If a subject stands twice, has no id, or its arm text is not in the configuration; if no subject
        was assigned to an arm.
    """
    _check_subjects(files["subjects"], arms, edc, books)
    cells = _assigned(files["subjects"], edc, books)
    by_text = {fold(text): arm for arm in arms for text in arm.site_texts}
    arm_of = cells.rows["ARM"].map(lambda text: by_text[fold(text)])
    dates = {name: cells.dates(name) for name in ORDER}
    _ask_order(cells, dates)
    adsl = pd.DataFrame(
        {
            "USUBJID": cells.rows["USUBJID"],
            **_treatments(arm_of, dates["INFUSION_DT"]),
            "SEX": cells.codes("SEX"),
            **_measures(cells, dates["ENROL_DT"]),
            "RFICDT": dates["CONSENT_DT"],
            "ENRLDT": dates["ENROL_DT"],
            "ALLOCDT": dates["ALLOC_DT"],
            "TRTSDT": dates["INFUSION_DT"],
            **_index_dates(cells, arm_of, dates),
            "TRTEMDT": _emergence(arm_of, dates),
            **{name: cells.column(name, edc.subject_columns[name]) for name in sorted(edc.subject_columns)},
            "FILE": cells.file.name,
            "ROW": cells.rows["ROW"],
        }
    )
    adsl = adsl.merge(find_rescue(adcm), on="USUBJID", how="left")
    adsl = adsl.merge(find_discontinued(files.get("discontinuation"), edc, books), on="USUBJID", how="left")
    adsl = adsl.fillna({"RESCDT": "", "DISCDT": "", "DSDECOD": ""}).sort_values("USUBJID")
    return adsl[list(assigned(edc.subject_columns))]


def _assigned(file: EdcFile, edc: Edc, books: Books) -> Cells:
    """Return the cells of the subjects with an arm; every row of the file has its fate then."""
    screened = file.rows["USUBJID"].isin(list(books.screened))
    books.settle(file, dict.fromkeys(file.rows.loc[screened, "ROW"], SCREEN_FAILURE))
    if screened.all():
        raise DataError(
            f"data/raw/{file.name}",
            "every subject is a screening failure",
            hint="mend edc.screen_failures or arms.site_texts in the configuration",
        )
    return Cells(file, edc, books).where(~screened)


def _treatments(arm_of: pd.Series, infused: pd.Series) -> dict[str, object]:
    code = arm_of.map(lambda arm: arm.code)
    label = arm_of.map(lambda arm: arm.label)
    return {"ARMCD": code, "ARM": label, "TRT01P": code, "TRT01A": _actual(arm_of, infused)}


def _measures(cells: Cells, enrolled: pd.Series) -> dict[str, pd.Series]:
    """Return AGE, DIABDUR and BMI; the numbers they are made of, and they, lie within the limits."""
    limits, year = cells.edc.limits, pd.to_datetime(enrolled, errors="coerce").dt.year.astype(float)
    age = year - cells.numbers("BRTHYR", limits.BRTHYR)
    duration = year - cells.numbers("DIAG_YEAR", limits.DIAG_YEAR)
    height = cells.numbers("HEIGHT_CM", limits.HEIGHT_CM) / 100
    bmi = cells.numbers("WEIGHT_KG", limits.WEIGHT_KG) / height**2
    return {
        "AGE": cells.within("AGE", age, limits.AGE, ["ENROL_DT", "BRTHYR"]),
        "DIABDUR": cells.within("DIABDUR", duration, limits.DIABDUR, ["ENROL_DT", "DIAG_YEAR"]),
        "BMI": cells.within("BMI", bmi, limits.BMI, ["WEIGHT_KG", "HEIGHT_CM"]),
    }


def _index_dates(cells: Cells, arm_of: pd.Series, dates: Mapping[str, pd.Series]) -> dict[str, list[str]]:
    """Return INDEXDT and INDEXRULE; a subject without any date to count from is asked about."""
    found = [_first_day(arm.index_date, days) for arm, days in _by_subject(arm_of, dates)]
    for (day, _), (_, row) in zip(found, cells.rows.iterrows(), strict=True):
        if not day:
            why = "no date from which visits could be counted"
            cells.books.query(cells.file, row["ROW"], row["USUBJID"], "NO_INDEX_DATE", why)
    return {"INDEXDT": [day for day, _ in found], "INDEXRULE": [rule for _, rule in found]}


def _check_subjects(file: EdcFile, arms: Sequence[Arm], edc: Edc, books: Books) -> None:
    rows, where = file.rows, f"data/raw/{file.name}"
    known = {
        fold(text) for texts in (*(arm.site_texts for arm in arms), edc.screen_failures) for text in texts
    }
    for bad, problem, hint in (
        (rows["USUBJID"] == "", "a row has no USUBJID", "give each subject its id"),
        (
            rows["USUBJID"].duplicated(keep=False),
            "a subject stands in several rows",
            "keep one row per subject",
        ),
        (
            ~rows["ARM"].map(fold).isin(known),
            "the arm text is not one of arms.site_texts or edc.screen_failures in the configuration",
            "mend the file, or add the site's spelling to the arm's site_texts, or to edc.screen_failures",
        ),
    ):
        if bad.any():
            offenders = [
                f"row {r.ROW}: {books.shown(str(r.USUBJID))}, ARM '{books.shown(str(r.ARM))}'"
                for r in rows[bad].itertuples()
            ]
            raise DataError(where, problem, offenders, hint)


def _emergence(arm_of: pd.Series, dates: Mapping[str, pd.Series]) -> list[str]:
    """Return by subject the first day whose adverse events count as emergent."""
    return [_first_day(arm.emergent_from, days)[0] for arm, days in _by_subject(arm_of, dates)]


def _by_subject(arm_of: pd.Series, dates: Mapping[str, pd.Series]) -> Iterator[tuple[Arm, dict[str, str]]]:
    """Yield arm and dates of each subject."""
    for arm, days in zip(arm_of, zip(*dates.values(), strict=True), strict=True):
        yield arm, dict(zip(dates, days, strict=True))


def _first_day(rules: Iterable[DateRule | EmergenceRule], dates: Mapping[str, str]) -> tuple[str, str]:
    """Return the day of the first rule whose date is present, and that rule (`""` when none applies)."""
    for rule in rules:
        if dates[rule.column]:
            day = pd.Timestamp(dates[rule.column]) + pd.Timedelta(days=rule.lag_days)
            return day.strftime("%Y-%m-%d"), f"{rule.column}+{rule.lag_days}"
    return "", ""


def _actual(arm_of: pd.Series, infused: pd.Series) -> list[str]:
    """Return the treatment received: an arm timed by infusion counts only for those who were infused."""
    return [
        "" if arm.index_date[0].column == "INFUSION_DT" and not day else arm.code
        for arm, day in zip(arm_of, infused, strict=True)
    ]


def _ask_order(cells: Cells, dates: Mapping[str, pd.Series]) -> None:
    """Ask about each subject whose dates are not in `ORDER`; absent dates are passed over."""
    days = pd.DataFrame({name: dates[name] for name in ORDER})
    for (_, row), (_, day) in zip(cells.rows.iterrows(), days.iterrows(), strict=True):
        present = [(name, day[name]) for name in ORDER if day[name]]
        found = [f"{a} {x} after {b} {y}" for (a, x), (b, y) in pairwise(present) if x > y]
        if found:
            cells.books.query(cells.file, row["ROW"], row["USUBJID"], "DATE_ORDER", "; ".join(found))
