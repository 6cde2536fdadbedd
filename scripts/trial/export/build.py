"""An export from end to end: records read, checked, written by every writer, hashed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trial.export.checks.registry import check
from trial.export.datasets import Exported, exported_datasets
from trial.export.explanations import explain, read_explanations
from trial.export.files import replaced, write_checksums
from trial.export.package import Export
from trial.export.tables import with_records
from trial.export.transliteration import to_ascii
from trial.export.writers import WRITERS
from trial.study.apart import EXPORT
from trial.study.errors import LockError
from trial.study.files import read_json
from trial.study.label import make_label
from trial.study.raw_files import DRY_RUN

if TYPE_CHECKING:
    import pandas as pd


def make_export(study: Any, folder: Path, code: Path) -> Export:
    """Return the export of a study's finished results, checked.

    Parameters
    ----------
    study : Study or AnalysedStudy
        The checked configuration.
    folder, code : Path
        The folder of the study, and that of the programs.

    Raises
    ------
    LockError
        If the results are those of a dry run, whose arms are not those of the subjects.
    DataError
        If a file of the results is not as declared, or a check finds an error that nobody explains.
    """
    results = folder / "results"
    manifest = read_json(results / "manifest.json")
    if manifest["lock"]["state"] == DRY_RUN:
        raise LockError(
            str(results), "a dry run is not exported: its arms are dealt anew and are nobody's treatment",
            hint="lock the data as soft or hard (make lock STATE=...), make results, then export",
        )  # fmt: skip
    present = {path.stem.upper() for path in (results / "data").glob("*.csv")}
    datasets = exported_datasets(study, present)
    tables = with_records(results, datasets)
    leaving = tuple(dataset for dataset in datasets if dataset.name in tables)
    found = check(leaving, in_ascii(leaving, tables), str(manifest["lock"]["cut_date"]))
    findings = explain(found, read_explanations(folder), folder)
    marks = tuple(make_label(manifest["lock"])["marks"])
    return Export(study, manifest, marks, code, results, leaving, tables, findings)


def write_export(export: Export) -> Path:
    """Write an export to `results/export`, in the place of an earlier one, and return the folder.

    Raises
    ------
    DataError
        If a writer refuses what it is to write, or the disk does. The earlier export still stands.
    """
    target = export.results / EXPORT
    with replaced(target) as folder:
        for write in WRITERS:
            write(export, folder)
        write_checksums(folder)
    return target


def in_ascii(datasets: Sequence[Exported], tables: Mapping[str, "pd.DataFrame"]) -> dict[str, "pd.DataFrame"]:
    """Return the records with their text in ASCII, as the checks look at them."""
    found = {}
    for dataset in datasets:
        table = tables[dataset.name]
        texts = [column.name for column in dataset.columns if column.type == "text"]
        spelled = {
            name: table[name].map({text: to_ascii(text) for text in table[name].unique()}) for name in texts
        }
        found[dataset.name] = table.assign(**spelled)
    return found
