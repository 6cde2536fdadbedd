"""An export of two subjects in memory, with the files that a finished run would have left: quick to make and to spoil."""

import hashlib
import json

import pandas as pd

from trial.delivery.config import DeliverySpec
from trial.export import programs, transport
from trial.export.datasets import exported_datasets
from trial.export.findings import Finding
from trial.export.package import Export
from trial.plan.delivery import delivery_spec
from trial.plan.load import load_study
from trial.study.ard import ARD, result_rows
from trial.study.base import Identity
from trial.study.files import write_json, write_table, write_text
from trial.study.label import SYNTHETIC_MARK
from trial.study.load import read_yaml
from workflow.conftest import ROOT, STUDIES

LOCK = {
    "lock_id": "MINI-1",
    "short_hash": "0" * 12,
    "fingerprint": "0" * 64,
    "state": "hard",
    "cut_date": "2021-06-30",
    "synthetic": True,
    "signed_by": ["data manager"],
    "files": [{"path": "labs/labs.csv", "sha256": "1" * 64}],
}
ENVIRONMENT = {
    "python": "CPython 3.11.7",
    "libc": "glibc 2.36",
    "machine": "x86_64",
    "blas": [{"version": "OpenBLAS"}],
    "packages": {"numpy": "2.0.0", "pandas": "3.0.0", "zlib_ng": "1.0"},
}
# Parameter, visit, date, value, and whether it is the baseline; by subject.
RECORDS = {
    "MN-001": [("HBA1C", "BL", "2021-01-04", 8.25, 1), ("HBA1C", "V1", "2021-02-03", 7.5, 0)],
    "MN-002": [("HBA1C", "BL", "2021-01-05", 9.0, 1), ("HOMAIR", "V1", "2021-02-01", 2 / 3, 0)],
}
ARMS = {"MN-001": "ACT", "MN-002": "REF"}
FINDINGS = (
    Finding("S02", "ADSL has SITEID", "ADSL", "SITEID", "error", 0, "no such variable", "One site"),
    Finding("A06", "A variable has a value", "ADLB", "LLOQ", "warning", 0, "empty", ""),
)


def study_of(name="mini", **changed):
    """Return a checked study: that of the demonstration, or one of the small ones, with sections changed."""
    folder = ROOT if name == "demo" else STUDIES / name
    return load_study(read_yaml(folder / "config.yaml") | changed)


def datasets_of(study):
    """Return every data set that a study of this configuration may export."""
    names = ["ADSL", "ADLB", "ADAE", "ADCM", "ADMH", "ADEX", "ADSV", "ADIE", "ADDV", "ADICE", "ADLBS"]
    return exported_datasets(study, [*names, *(["ADLBSAF"] if getattr(study, "laboratory", None) else [])])


def table_of(dataset, rows):
    """Return records of a data set; what a row does not give is missing."""
    empty = {column.name: "" if column.kind != "number" else float("nan") for column in dataset.columns}
    constant = {column.name: column.constant for column in dataset.columns if column.constant}
    return pd.DataFrame([empty | constant | row for row in rows], columns=list(empty))


def subject_rows():
    """Return the rows of ADSL."""
    shared = {"ENRLFL": "Y", "FASFL": "Y", "SAFFL": "Y", "INDEXDT": "2021-01-05", "SEX": "F", "AGE": 61.0}
    return [
        shared
        | {
            "USUBJID": name,
            "SUBJID": name,
            "ARMCD": arm,
            "TRT01P": arm,
            "TRT01A": arm if arm == "ACT" else "",
        }
        for name, arm in ARMS.items()
    ]


def record_rows():
    """Return the rows of ADLB."""
    params = {"HBA1C": ("HbA1c (%)", 1.0), "HOMAIR": ("HOMA1-IR", 4.0)}
    numbers = {"BL": 0.0, "V1": 1.0}
    for subject, found in RECORDS.items():
        for number, (code, visit, day, value, baseline) in enumerate(found, start=1):
            param, paramn = params[code]
            yield {
                "USUBJID": subject, "ARMCD": ARMS[subject], "TRT01P": ARMS[subject], "FASFL": "Y", "ENRLFL": "Y",
                "SAFFL": "Y", "PARAMCD": code, "PARAM": param, "PARAMN": paramn, "ASEQ": float(number),
                "AVISIT": visit, "AVISITN": numbers[visit], "ADT": day, "AVAL": value, "AVALC": str(value),
                "ABLFL": "Y" if baseline else "", "ANL01FL": "Y",
            }  # fmt: skip


def result_table():
    """Return rows of ard.csv: a model of HbA1c, one of HOMA1-IR that was not fitted, a count."""
    model = {"analysis": "PRIMARY", "method": "mmrm-us", "endpoint": "HBA1C", "output": "t14-2-1-2"}
    visit = model | {"visit": "V2"}
    rows = [model | {"statistic": "n_subjects", "value": 2.0}]
    rows += [visit | {"group": arm, "statistic": "lsmean", "value": -0.5} for arm in ("ACT", "REF")]
    rows += [
        visit | {"comparison": "ACT-REF", "statistic": name, "value": 0.1} for name in ("diff", "diff.pvalue")
    ]
    rows.append(model | {"group": "X_BASE", "statistic": "type3.pvalue", "value": 0.2})
    rows.append(model | {"statistic": "cov.V1.V2", "value": 0.3})
    rows.append(
        model | {"endpoint": "HOMAIR", "output": "t14-2-4-2", "statistic": "n_subjects", "value": 0.0}
    )
    rows.append({"analysis": "POPULATION", "method": "FASFL", "group": "ACT", "statistic": "N", "value": 1.0})
    return result_rows(rows)


def write_results(study, results):
    """Write what a finished run left, as far as define.xml and the guide read it."""
    spec: DeliverySpec = delivery_spec(study)
    write_json(results / "spec" / "deliver.json", spec.model_dump(mode="json"))
    write_table(results / "ard.csv", result_table(), list(ARD))
    for output in spec.outputs:
        number = f"{output.kind.capitalize()} {output.id[1:].replace('-', '.')}"
        write_json(
            results / "outputs" / f"{output.id}.json",
            {"kind": output.kind, "number": number, "title": f"Title of {output.id}"},
        )
        write_text(results / "tables" / f"{output.id}.rtf", "{\\rtf1}")
        write_text(results / "figures" / f"{output.id}.png", "a picture")
    fit = {
        "formula": "Y ~ X_BASE", "covariance": "us", "reml": True, "df_method": "kenward-roger", "cov_type": "model",
    }  # fmt: skip
    fitted = {"footnote": "MMRM of change from baseline.", "warnings": ["A warning."], "fit": fit}
    write_json(results / "analyses" / "PRIMARY" / "HBA1C" / "record.json", fitted)
    write_json(
        results / "analyses" / "PRIMARY" / "HOMAIR" / "record.json", {"warnings": ["Not fitted: no value."]}
    )
    write_text(results / "qc" / "agreement.csv", "verdict\nagrees\nagrees\nnot recomputed\n")
    write_text(results / "qc" / "outputs.csv", "check,verdict\na,agrees\n")
    write_text(results / "data" / "queries.csv", "QUERYID,STATUS\nQ1,open\n")


def make_export(folder, study=None, lock=None, findings=FINDINGS):
    """Return the export of a study of two subjects, its results written below `folder`."""
    study = study or study_of()
    results, code = folder / "study" / "results", folder / "code"
    write_results(study, results)
    texts = {"scripts/run_analysis.py": "pass\n", "scripts/trial/analysis/methods/mmrm.py": "µ = 1\n"}
    for path, text in texts.items():
        write_text(code / path, text)
    write_text(results.parent / "config.yaml", "study: {}\n")
    hashes = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}
    config = {"path": "config.yaml", "sha256": hashlib.sha256(b"study: {}\n").hexdigest()}
    manifest = {
        "lock": LOCK | (lock or {}), "code": hashes, "config": {"file": config}, "environment": ENVIRONMENT,
        "run": {"system": "Linux"}, "outputs": {},
    }  # fmt: skip
    datasets = {one.name: one for one in exported_datasets(study, ("ADSL", "ADLB"))}
    tables = {
        "ADSL": table_of(datasets["ADSL"], subject_rows()),
        "ADLB": table_of(datasets["ADLB"], list(record_rows())),
    }
    marks = (SYNTHETIC_MARK,) if manifest["lock"]["synthetic"] else ()
    return Export(study, manifest, marks, code, results, tuple(datasets.values()), tables, findings)


def write_beside(export, folder):
    """Write what stands beside define.xml and the guide: transport files and programs."""
    transport.write(export, folder)
    programs.write(export, folder)


def renamed(study, **changed):
    """Return a study with another identity."""
    identity = Identity.model_validate(json.loads(study.study.model_dump_json()) | changed)
    return study.model_copy(update={"study": identity})
