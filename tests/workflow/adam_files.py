"""Writes ADaM files from the results of a finished run, as a study of already analysed data would bring them.

Names, visits and day counts are those of ADaM, not the pipeline's own: arms and visits by their texts, no day 0.
Started by hand it makes the files of `tests/studies/analysed` again from a finished run of `tests/studies/mini`:

    python tests/workflow/adam_files.py tests/studies/mini/results tests/studies/analysed/data/raw/adam
"""

import csv
import sys
from pathlib import Path

ARMS = {"ACT": "Active", "REF": "Reference", "": ""}
VISITS = {"BL": "Baseline", "V1": "Week 4", "V2": "Week 12", "": ""}
SUBJECTS = (
    "STUDYID", "USUBJID", "TRT01P", "TRT01A", "SEX", "AGE", "TRTSDT", "ENRLFL", "FASFL", "SAFFL", "DISCDT",
)  # fmt: skip
RECORDS = (
    "STUDYID", "USUBJID", "TRTP", "ASEQ", "PARAM", "PARAMCD", "AVISIT", "AVISITN", "ADT", "ADY", "AVAL", "AVALC",
    "AVALU", "BASE", "CHG", "PCHG", "ABLFL", "ANL01FL", "DTYPE", "LLOQ", "BLQFL", "LIMITFL", "WHY", "METHOD",
    "DIGITS",
)  # fmt: skip


def rows_of(path):
    """Return the rows of a CSV as dictionaries of text."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def subject_rows(results):
    """Return the rows of an ADSL: flags are Y or N there."""
    for row in rows_of(results / "data" / "adsl.csv"):
        arms = {name: ARMS[row[name]] for name in ("TRT01P", "TRT01A")}
        flags = {name: row[name] or "N" for name in ("ENRLFL", "FASFL", "SAFFL")}
        yield row | arms | flags | {"STUDYID": "MINI-01", "TRTSDT": row["INDEXDT"]}


def record_rows(results):
    """Return the rows of an ADLB: the first day of treatment is day 1, the day before it day -1."""
    for row in rows_of(results / "data" / "adlb.csv"):
        day = float(row["ADY"]) if row["ADY"] else None
        yield row | {
            "STUDYID": "MINI-01",
            "TRTP": ARMS[row["TRT01P"]],
            "AVISIT": VISITS[row["AVISIT"]],
            "ADY": "" if day is None else f"{day + (day >= 0):.0f}",
            "LIMITFL": row["CENSOR"],
            "WHY": row["REASON"],
            "METHOD": row["DERIV"],
            "DIGITS": row["DECIMALS"],
        }


def write_files(results, folder):
    """Write `adsl.csv` and `adlb.csv` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns, rows in (
        ("adsl.csv", SUBJECTS, subject_rows(results)),
        ("adlb.csv", RECORDS, record_rows(results)),
    ):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    write_files(Path(sys.argv[1]), Path(sys.argv[2]))
