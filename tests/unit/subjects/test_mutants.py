"""Mutated EDC files: no traceback, no row without a fate, no identifier in what comes out."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from raw import raw_of
from trial.study.errors import DataError
from trial.subjects.books import open_books
from trial.subjects.cells import refuse_other_dates
from trial.subjects.config_edc import Edc
from trial.subjects.derive import derive_adsl
from trial.subjects.edc import COLUMNS, read_files
from trial.subjects.events import account_key, derive_adae, derive_adsv
from trial.subjects.intercurrent import derive_adcm
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.records import derive_records
from unit.subjects.conftest import ARMS, CUT, EDC, KEY, SUBJECTS

NAME, NUMBER, PHONE = "Nguyễn Văn An", "12345671", "0912 345 678"
NASTY = (
    "", "NA", "-8", "1.65", "74", "2030", "1e5", "2019-06-31", "31/12/2019", "2019", "9999-12-31", "Nữ", "nam",
    "Rescue therapy", "Screen failure", "y", "No", "\u200bF", "５", '5" scar', "a,b", "a\nb", "=1+1", NAME, NUMBER,
    f"00{NUMBER}", f"BN {NUMBER}", PHONE, f"fever, {NAME} {NUMBER} {PHONE}", "S1", "s 1", "#N/A",
)  # fmt: skip
ROWS = {
    "visits": {"VISIT": "BL", "VISIT_DT": "2019-06-20", "DONE": "Y", "FASTING_H": "9"},
    "medications": {"CMTRT": "a", "CMSTDTC": "2019-09-01", "CMREASON": "rescue"},
    "adverse_events": {"AETERM": "a", "AESTDTC": "2019-07-01", "AESEV": "mild", "AESER": "N"},
    "discontinuation": {"DSDTC": "2019-09-01", "DSDECOD": "A"},
    "history": {"MHTERM": "a", "MHSTDTC": "2010", "MHENDTC": "2011-02", "MHONGO": "N"},
    "serology": {"LBTEST": "HIV", "LBORRES": "neg", "LBDTC": "2019-05-01"},
    "eligibility": {"IETESTCD": "I1", "IEORRES": "Y", "IEDTC": "2019-05-01"},
    "deviations": {"DVTERM": "late", "DVIMP": "N", "DVSTDTC": "2019-07-01"},
    "exposure": {"EXTRT": "cells", "EXDOSE": "10", "EXVIAB": "90", "EXSTDTC": "2019-06-25", "EXINT": "N"},
}
CELLS = [(kind, row, column) for kind in COLUMNS for row in range(3) for column in COLUMNS[kind]]
MUTATIONS = st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(NASTY)), min_size=1, max_size=8)


def tables_of(mutations):
    found = {"subjects": SUBJECTS, "subject_key": KEY} | {
        kind: {"USUBJID": ["S1", "S2", "S2"]} | {name: [text] * 3 for name, text in row.items()}
        for kind, row in ROWS.items()
    }
    frames = {
        kind: pd.DataFrame(columns).reindex(columns=list(COLUMNS[kind]), fill_value="")
        for kind, columns in found.items()
    }
    for (kind, row, column), text in mutations:
        frames[kind].loc[row, column] = text
    return frames


@given(MUTATIONS)
@settings(derandomize=True, max_examples=50, deadline=None)
def test_mutants(tmp_path_factory, mutations):
    folder = tmp_path_factory.mktemp("raw")
    for kind, frame in tables_of(mutations).items():
        frame.to_csv(folder / f"{kind}.csv", index=False)
    edc = Edc.model_validate(EDC | {"missing": ["NA"], "screen_failures": ["screen failure"]})
    known = {text for (kind, _, column), text in mutations if kind == "subjects" and column == "USUBJID"}
    keyed = {text for (kind, _, column), text in mutations if kind == "subject_key"}
    try:
        files = read_files(raw_of(folder), edc)
        books = open_books(files, edc.screen_failures, CUT)
        refuse_other_dates(files, edc, books)
        adcm = derive_adcm(files.get("medications"), edc, books)
        adsl = derive_adsl(files, adcm, ARMS, edc, books)
        account_key(files["subject_key"], edc, books)
        out = [adsl, adcm, derive_adsv(files["visits"], edc, books)]
        out += [derive_adae(files["adverse_events"], adsl, edc, books)]
        out += [derive_records(files[kind.kind], kind, edc, books) for kind in RECORD_FILES]
        out += books.tables()
    except DataError as error:
        assert "What to do" in str(error)
        assert not [part for part in ("Nguyễn", NUMBER, "345 678") if part in str(error) and not keyed]
        return
    fates = out[-1]
    assert not fates.duplicated(["FILE", "ROW"]).any()
    assert len(fates) == sum(len(file.rows) + len(file.broken) for file in files.values())
    if known or keyed:  # the mutation itself made the text a subject's id, or took the number from the key
        return
    text = "\n".join(table.to_csv() for table in out)
    assert not [part for part in ("Nguyễn", NUMBER, "345 678") if part in text]
