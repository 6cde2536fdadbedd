"""The whole study: the sections that the rooms declare, and the methods that its analyses may have.

A study starts from raw data, or, where it has the section `adam`, from data that are analysed already.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field

from trial.adam.config import AdamSections
from trial.analysis.config import AnalysisSections
from trial.analysis.design.config import DesignSections
from trial.analysis.registry import METHODS
from trial.display.config import DisplaySections
from trial.eligibility.config import EligibilitySections
from trial.endpoints.config import EndpointSections
from trial.labs.config import LabsSpec
from trial.study.base import Code, Identity, Text

Method: Any = Annotated[reduce(or_, METHODS.values()), Field(discriminator="method")]


class Study(
    LabsSpec, EligibilitySections, EndpointSections, DesignSections, AnalysisSections, DisplaySections
):
    """The analysis plan a machine can run; the order of arms, visits and outputs is that of the report."""

    study: Identity
    """Who and what the study is; printed on every output."""
    dictionaries: dict[Text, Text] = Field(default_factory=dict)
    """Version of each dictionary that terms were coded with (MedDRA, WHODrug), which the data lock records;
    left out where there was none."""
    analyses: Annotated[dict[Code, Method], Field(min_length=1)]
    """Every analysis by its ID, which stands in results and file names."""


class AnalysedStudy(AdamSections, DesignSections, AnalysisSections, DisplaySections):
    """The analysis plan of a study whose inputs are ADaM data sets."""

    study: Identity
    """Who and what the study is; printed on every output."""
    dictionaries: dict[Text, Text] = Field(default_factory=dict)
    """Version of each dictionary that terms were coded with (MedDRA, WHODrug), which the data lock records;
    left out where there was none."""
    analyses: Annotated[dict[Code, Method], Field(min_length=1)]
    """Every analysis by its ID, which stands in results and file names."""


AnyStudy = Study | AnalysedStudy


def model_of(content: Mapping[Any, Any]) -> type[AnyStudy]:
    """Return the model that a configuration is read as."""
    return AnalysedStudy if "adam" in content else Study
