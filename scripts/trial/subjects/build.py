"""All subject-level tables of a study from its EDC files, in the order in which they stand on each other."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from trial.study.books import ACCOUNTING, QUERIES
from trial.study.raw_files import RawFolder
from trial.subjects.books import open_books
from trial.subjects.cells import refuse_other_dates
from trial.subjects.checks import ask_across_files
from trial.subjects.config import SubjectsSpec
from trial.subjects.cut import enforce_cut
from trial.subjects.derive import derive_adsl
from trial.subjects.edc import read_files
from trial.subjects.events import account_key, derive_adae, derive_adsv
from trial.subjects.intercurrent import derive_adcm, derive_adice
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.records import derive_records
from trial.subjects.schema import ADAE, ADCM, ADICE, ADSV, assigned


def derive_subjects(spec: SubjectsSpec, raw: RawFolder, cut: date) -> Mapping[str, pd.DataFrame]:
    """Return every table of this room by name, and its books of queries and accounting.

    Parameters
    ----------
    raw : RawFolder
        The folder of the raw files.
    cut : date
        The data cut: rows after it are left out.

    Raises
    ------
    DataError
        If a file cannot be read as declared, or a subject stands in it twice or without an arm.
    """
    edc = spec.edc
    files = read_files(raw, edc)
    books = open_books(files, edc.screen_failures, cut)
    refuse_other_dates(files, edc, books)
    files = enforce_cut(files, edc, books)
    adcm = derive_adcm(files.get("medications"), edc, books)
    subjects = derive_adsl(files, adcm, spec.arms, edc, books)
    account_key(files.get("subject_key"), edc, books)
    adsv = derive_adsv(files.get("visits"), edc, books)
    adae = derive_adae(files.get("adverse_events"), subjects, edc, books)
    ask_across_files(files, subjects, spec.arms, edc, books)
    sources = {"adsl": subjects, "adcm": adcm, "adae": adae}
    adice = derive_adice(spec.events, sources, files, books)
    records = {kind.table: derive_records(files.get(kind.kind), kind, edc, books) for kind in RECORD_FILES}
    queries, accounting = books.tables()
    return {
        "assigned": subjects[list(assigned(edc.subject_columns))],
        "adsv": adsv[list(ADSV)],
        "adae": adae[list(ADAE)],
        "adcm": adcm[list(ADCM)],
        "adice": adice[list(ADICE)],
        **records,
        "queries": queries[list(QUERIES)],
        "accounting": accounting[list(ACCOUNTING)],
    }
