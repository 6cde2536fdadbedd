"""What a template is given, and what a figure's template returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from trial.display.notes import model_sentence
from trial.display.provenance import Stamp
from trial.display.results import Results
from trial.display.spec import Endpoint, OutputSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from trial.display.figures.frame import Heading


@dataclass(frozen=True)
class Context:
    """The input of a template's `build`, `alt` and no more.

    Attributes
    ----------
    spec : OutputSpec
        The output, the study's words, the analyses by role.
    results : Results
        Result rows of those analyses, looked up by role.
    records : dict of str to list of dict
        `record.json` of each analysis job, by role.
    data : dict of str to DataFrame
        The data sets that the template asks for.
    stamp : Stamp
        Where the output comes from.
    """

    spec: OutputSpec
    results: Results
    records: Mapping[str, list[dict[str, Any]]]
    data: Mapping[str, pd.DataFrame]
    stamp: Stamp

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of an output of one."""
        (endpoint,) = self.spec.endpoints
        return endpoint

    @property
    def model(self) -> str:
        """The specification of the one model, generated from the fitted object."""
        (record,) = self.records["model"]
        return model_sentence(record, f"the record of {self.spec.analyses['model'][0].id}")


@dataclass(frozen=True)
class Drawing:
    """A figure before it is drawn: the data it plots, what stands above and below, and how it is drawn."""

    frame: pd.DataFrame
    heading: "Heading"
    draw: Callable[["Heading"], "Figure"]
