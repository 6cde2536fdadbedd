"""The whole study: the sections that the rooms declare, and the methods that its analyses may have."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field

from trial.analysis.config import AnalysisSections
from trial.analysis.registry import METHODS
from trial.display.config import DisplaySections
from trial.endpoints.config import EndpointSections
from trial.labs.config import LabsSpec
from trial.study.base import Code, Identity
from trial.subjects.config import SubjectSections

Method: Any = Annotated[reduce(or_, METHODS.values()), Field(discriminator="method")]


class Study(LabsSpec, SubjectSections, EndpointSections, AnalysisSections, DisplaySections):
    """The analysis plan a machine can run; the order of arms, visits and outputs is that of the report."""

    study: Identity
    """Who and what the study is; printed on every output."""
    analyses: Annotated[dict[Code, Method], Field(min_length=1)]
    """Every analysis by its ID, which stands in results and file names."""
