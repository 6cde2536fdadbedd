"""The engine's error tree: every message says where, what was expected, what was found and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmrm.optimize import Verdict

_SHOWN = 5


def list_offenders(items: Iterable[object]) -> str:
    """Name up to five offenders and their count, for the end of an error message."""
    found = [str(item) for item in items]
    more = ", ..." if len(found) > _SHOWN else ""
    return f"{', '.join(found[:_SHOWN])}{more} ({len(found)} in all)"


class MmrmError(ValueError):
    """Base of every error the engine raises for its caller's data or request."""


class DataError(MmrmError):
    """The data cannot enter a model: duplicates, missing covariates, infinite values, unknown visits."""


class RankError(DataError):
    """The design matrix has dependent columns.

    Attributes
    ----------
    columns : tuple of str
        The columns that depend on the columns before them.
    """

    def __init__(self, message: str, columns: tuple[str, ...]) -> None:
        super().__init__(message)
        self.columns = columns


class StructureError(MmrmError):
    """The covariance structure asks for more than the data hold."""


class RequestError(MmrmError):
    """A method, contrast or level was asked for that does not exist or does not fit this model."""


class ConvergenceError(MmrmError):
    """The fit failed its verdict.

    Attributes
    ----------
    verdict : Verdict
        The evidence: gradient, eigenvalues, iterations, reasons.
    """

    def __init__(self, message: str, verdict: Verdict) -> None:
        super().__init__(message)
        self.verdict = verdict
