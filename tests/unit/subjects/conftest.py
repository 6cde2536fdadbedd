"""Small EDC files on disk, read and derived as the pipeline does."""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import pytest

from raw import raw_of
from trial.subjects.books import open_books
from trial.subjects.cells import refuse_other_dates
from trial.subjects.checks import ask_across_files
from trial.subjects.conditions import derive_populations
from trial.subjects.config import Arm, DateRule, EmergenceRule, Population
from trial.subjects.config_edc import Edc
from trial.subjects.config_events import EventRule
from trial.subjects.cut import enforce_cut
from trial.subjects.derive import derive_adsl
from trial.subjects.edc import COLUMNS, read_files
from trial.subjects.events import account_key, derive_adae, derive_adsv
from trial.subjects.intercurrent import derive_adcm, derive_adice
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.records import derive_records

ALLOCATED = DateRule(column="ALLOC_DT", lag_days=21)
DAY_BEFORE = EmergenceRule(column="ALLOC_DT", lag_days=20)
ARMS = (
    Arm(
        code="CELL",
        label="Cells",
        site_texts=("Cells",),
        index_date=(DateRule(column="INFUSION_DT", lag_days=0), ALLOCATED),
        emergent_from=(EmergenceRule(column="INFUSION_DT", lag_days=-1), DAY_BEFORE),
    ),
    Arm(
        code="STD",
        label="Standard",
        site_texts=("Stand medicines", "standard"),
        index_date=(ALLOCATED,),
        emergent_from=(DAY_BEFORE,),
    ),
)
SUBJECTS = {
    "USUBJID": ["S1", "S2", "S3"],
    "ARM": ["Cells", "STAND MEDICINES", "Cells"],
    "SEX": ["F", "M", "F"],
    "BRTHYR": ["1960", "1970", "1980"],
    "CONSENT_DT": ["2019-05-01"] * 3,
    "ENROL_DT": ["2019-06-01"] * 3,
    "ALLOC_DT": ["2019-06-10"] * 3,
    "INFUSION_DT": ["2019-06-25", "", ""],
    "DIAG_YEAR": ["2009", "2010", "2011"],
    "WEIGHT_KG": ["60", "80", "70"],
    "HEIGHT_CM": ["160", "170", "175"],
}
KEY = {"USUBJID": ["S1", "S2", "S3"], "MA_BN": ["0012345671", "0012345672", "0012345673"]}
CUT = date(2020, 10, 31)
EDC = {
    **{kind: f"{kind}.csv" for kind in COLUMNS},
    "dates": ["ISO"],
    "missing": [],
    "spellings": {
        "SEX": {"F": "F", "M": "M", "Nữ": "F", "Male": "M"},
        "DONE": {"Y": "Y", "N": "N"},
        "CMREASON": {"rescue": "RESCUE", "Rescue therapy": "RESCUE", "type 2 diabetes": "OTHER"},
        "AESEV": {"mild": "MILD", "nhẹ": "MILD", "severe": "SEVERE"},
        "AESER": {"Y": "Y", "N": "N", "có": "Y"},
        "AERELPROD": {"Y": "Y", "N": "N"},
        "AERELPROC": {"Y": "Y", "N": "N"},
        "MHONGO": {"Y": "Y", "N": "N"},
        "LBORRES": {"neg": "NEGATIVE", "Âm tính": "NEGATIVE", "Dương tính": "POSITIVE", "?": "EQUIVOCAL"},
        "IEORRES": {"Y": "Y", "N": "N", "có": "Y"},
        "DVIMP": {"Y": "Y", "N": "N"},
        "EXINT": {"Y": "Y", "N": "N"},
    },
    "limits": {
        "BRTHYR": [1920, 2001],
        "DIAG_YEAR": [1930, 2020],
        "WEIGHT_KG": [30, 200],
        "HEIGHT_CM": [50, 220],
        "FASTING_H": [0, 72],
        "AGE": [18, 90],
        "DIABDUR": [0, 60],
        "BMI": [12, 70],
        "EXDOSE": [1, 1000],
        "EXVIAB": [0, 100],
    },
    "screen_failures": [],
    "subject_columns": {},
}


def present(variable, otherwise="absent"):
    return {"variable": variable, "is": "present", "otherwise": otherwise}


POPULATIONS = {
    name: Population.model_validate({"label": name, "conditions": conditions})
    for name, conditions in {
        "ENRLFL": [present("ENRLDT", "not enrolled")],
        "FASFL": [present("ALLOCDT", "not allocated"), present("INDEXDT", "no index date")],
        "SAFFL": [present("FASFL", "not in the full analysis set"), present("TRT01A", "not treated")],
    }.items()
}


@dataclass
class Derived:
    """What came of one set of EDC files."""

    adsl: pd.DataFrame
    members: pd.DataFrame
    adsv: pd.DataFrame
    adae: pd.DataFrame
    adcm: pd.DataFrame
    adice: pd.DataFrame
    records: dict
    queries: pd.DataFrame
    fates: pd.DataFrame
    files: dict = field(repr=False)

    def asked(self, *columns):
        """Return the given columns of the queries as a list of tuples (of texts when only one is given)."""
        return [
            row[0] if len(columns) == 1 else row
            for row in zip(*(self.queries[c] for c in columns), strict=True)
        ]


@pytest.fixture
def raw(tmp_path):
    """Write files (a mapping of columns, or bytes) as `<kind>.csv` and return the folder."""

    def write(**contents):
        for kind, content in ({"subjects": SUBJECTS, "subject_key": KEY} | contents).items():
            data = content
            if not isinstance(content, bytes):
                columns = list(dict.fromkeys([*COLUMNS[kind], *content]))
                table = pd.DataFrame(content).reindex(columns=columns, fill_value="")
                data = table.to_csv(index=False, lineterminator="\n").encode()
            (tmp_path / f"{kind}.csv").write_bytes(data)
        return tmp_path

    return write


@pytest.fixture
def derive(raw):
    """Return a function that derives everything from SUBJECTS with `changes` and from the other files."""

    def run(changes=None, cut=CUT, own=None, edc=None, events=None, **contents):
        folder = raw(**({"subjects": SUBJECTS | (changes or {})} | contents))
        edc = Edc.model_validate(EDC | {"subject_columns": own or {}} | (edc or {}))
        absent = {kind: None for kind in edc.files() if not (folder / f"{kind}.csv").exists()}
        files = read_files(raw_of(folder), edc.model_copy(update=absent))
        books = open_books(files, edc.screen_failures, cut)
        refuse_other_dates(files, edc, books)
        files = enforce_cut(files, edc, books)
        adcm = derive_adcm(files.get("medications"), edc, books)
        adsl = derive_adsl(files, adcm, ARMS, edc, books)
        account_key(files.get("subject_key"), edc, books)
        adsv = derive_adsv(files.get("visits"), edc, books)
        adae = derive_adae(files.get("adverse_events"), adsl, edc, books)
        ask_across_files(files, adsl, ARMS, edc, books)
        rules = {code: EventRule.model_validate(rule) for code, rule in (events or {}).items()}
        adice = derive_adice(rules, {"adsl": adsl, "adcm": adcm, "adae": adae}, files, books)
        adsl, members = derive_populations(adsl, POPULATIONS)
        records = {one.table: derive_records(files.get(one.kind), one, edc, books) for one in RECORD_FILES}
        tables = (members, adsv, adae, adcm, adice, records)
        return Derived(adsl.set_index("USUBJID", drop=False), *tables, *books.tables(), files)

    return run
