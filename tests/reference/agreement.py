"""One number compared: a reference value, how the engine's value is obtained, and how far apart they may be.

The same list of checks feeds the tests (one assertion per check) and the table of
``workflow/docs/validation.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "reference"
ABSENT = "needs the reference folder beside the repository, which is not here"


@dataclass(frozen=True)
class Check:
    """A reference number and the engine's counterpart.

    Attributes
    ----------
    case, quantity : str
        Which fit and which number of it; together unique.
    kind : str
        Family of the quantity, for the summary table: deviance, estimate, se, df, sigma, statistic, p ...
    program : str
        Program and version that made the reference.
    reference : float
        Its value.
    ours : callable
        Returns the engine's value.
    tolerance : float or callable
        Largest absolute difference; a callable is evaluated late because it may need the fit.
    reason : str
        Where the tolerance comes from.
    ceiling : float or None
        For deviances: the engine may not be above the reference by more than this.
    """

    case: str
    quantity: str
    kind: str
    program: str
    reference: float
    ours: Callable[[], float]
    tolerance: float | Callable[[], float]
    reason: str
    ceiling: float | None = None

    @property
    def name(self) -> str:
        """Identifier of the check in pytest's output."""
        return f"{self.case}: {self.quantity}"

    def limit(self) -> float:
        """The tolerance as a number."""
        return self.tolerance() if callable(self.tolerance) else self.tolerance


def verify(check: Check) -> None:
    """Assert that one check holds."""
    ours, limit = float(check.ours()), check.limit()
    message = (
        f"{check.name}\n  ours {ours!r}\n  {check.program} {check.reference!r}\n"
        f"  tolerance {limit:.3g}: {check.reason}"
    )
    assert not isnan(ours), message
    if check.ceiling is not None:
        assert ours <= check.reference + check.ceiling, f"above the reference\n{message}"
    assert abs(ours - check.reference) <= limit, message


def parametrise(checks: list[Check]) -> pytest.MarkDecorator:
    """Parametrise a test over checks; without the shared folder, one test that says why it skips."""
    if not checks:
        return pytest.mark.parametrize("check", [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))])
    names = [check.name for check in checks]
    assert len(set(names)) == len(names), sorted(name for name in set(names) if names.count(name) > 1)[:5]
    return pytest.mark.parametrize("check", checks, ids=names)


def half_unit(value: float) -> float:
    """Half a unit in the last place of a number that SAS printed in its D8.4 format."""
    size = abs(value)
    if size >= 1e5:
        return 0.5
    if size >= 1e3:
        return 0.05
    if size >= 1e2:
        return 0.005
    return 0.00005 if size >= 0.1 or size == 0 else 0.000005
