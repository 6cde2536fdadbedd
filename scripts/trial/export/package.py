"""The export as every writer gets it: study, lock, data sets with their records, findings of the checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trial.export.datasets import Exported

if TYPE_CHECKING:
    import pandas as pd

    from trial.export.findings import Finding


@dataclass(frozen=True)
class Export:
    """What leaves, before it is written.

    Attributes
    ----------
    study : Study or AnalysedStudy
        The checked configuration.
    manifest : mapping
        `results/manifest.json`: lock, code, environment, outputs with their hashes.
    marks : tuple of str
        What every output of the study says (synthetic data).
    code, results : Path
        Where the programs and the finished results lie.
    datasets : tuple of Exported
    tables : mapping of str to DataFrame
        The records of each data set by its name, ordered by its keys; columns by exported names, in order.
        Text as `str`, missing is empty; numbers as float64, missing is NaN; dates as ISO text.
    findings : tuple of Finding
        What the checks found, all explained where they are errors.
    """

    study: Any
    manifest: Mapping[str, Any]
    marks: tuple[str, ...]
    code: Path
    results: Path
    datasets: tuple[Exported, ...]
    tables: Mapping[str, "pd.DataFrame"]
    findings: tuple["Finding", ...] = field(default=())

    @property
    def lock(self) -> Mapping[str, Any]:
        """The data lock, as the manifest has it."""
        found: Mapping[str, Any] = self.manifest["lock"]
        return found

    @property
    def cut(self) -> datetime:
        """The data cut: the time stamp of every file, so that two exports have the same bytes."""
        return datetime.fromisoformat(self.lock["cut_date"])

    def dataset(self, name: str) -> Exported:
        """Return the data set of that name."""
        return next(one for one in self.datasets if one.name == name)
