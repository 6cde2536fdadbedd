"""What a template is given: the slice of its output, and the results and data it asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trial.display.provenance import Stamp
from trial.display.results import Results
from trial.display.spec import Endpoint, OutputSpec, ShownAnalysis
from trial.study.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Context:
    """The parts of one output.

    Attributes
    ----------
    spec : OutputSpec
    stamp : Stamp
    results : mapping
        The results of each role of the template.
    panels : mapping
        By role that has several analyses of an endpoint: each analysis with its results, in the order of the
        catalogue.
    records : mapping
        By role, what each of its analyses did, in the order of analyses and endpoints.
    data : mapping
        The data sets that the template asked for, by name.
    """

    spec: OutputSpec
    stamp: Stamp
    results: Mapping[str, Results]
    panels: Mapping[str, tuple[tuple[ShownAnalysis, Results], ...]]
    records: Mapping[str, tuple[Mapping[str, Any], ...]]
    data: Mapping[str, "pd.DataFrame"]

    def title(self, usual: str) -> str:
        """Return the study's own title, or the template's where the study has none."""
        return self.spec.title or usual

    def specification(self, role: str) -> str:
        """Return the model specification of a per-endpoint output, as the fitted object gave it.

        Raises
        ------
        DataError
            If the record carries none: a table of model results must say which model.
        """
        (record,) = self.records[role]
        text = str(record.get("footnote") or "").strip()
        if not text:
            raise DataError(
                f"record of {role}", "expected a model specification under the key 'footnote', found none"
            )
        return text

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of a per-endpoint output."""
        return self.spec.only_endpoint
