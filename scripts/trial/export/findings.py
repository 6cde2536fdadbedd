"""What a check finds, as section 6.2 of a reviewer's guide lists it."""

from dataclasses import dataclass
from typing import Literal

# `reject`: a file cannot hold it; `error`: it stands only with an explanation; `warning`: it is listed.
Severity = Literal["reject", "error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One rule that records of a data set break.

    Attributes
    ----------
    rule, text : str
        Its id, and what it asks for.
    dataset, variable : str
    severity : str
    count : int
        Records that break it; 0 where it is about the data set itself.
    first : str
        The first of them: its number in the exported file, and the values that differ.
    explanation : str
        Why it stands; every error has one, or nothing is written.
    """

    rule: str
    text: str
    dataset: str
    variable: str
    severity: Severity
    count: int
    first: str
    explanation: str = ""
