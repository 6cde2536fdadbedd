"""The error tree of the trial package: every message says where, what, and what to do."""

from collections.abc import Sequence


class TrialError(Exception):
    """A problem of the user's files or configuration; the program exits with `exit_code`.

    Parameters
    ----------
    where : str
        File, sheet, row or configuration key.
    problem : str
        What was expected and what was found.
    offenders : sequence of str
        The records concerned; the message shows up to `shown` and the count.
    hint : str
        What the reader can do about it.
    """

    exit_code = 2
    shown = 5

    def __init__(self, where: str, problem: str, offenders: Sequence[str] = (), hint: str = "") -> None:
        self.where = where
        self.problem = problem
        self.offenders = tuple(offenders)
        self.hint = hint
        super().__init__(self.text())

    def text(self) -> str:
        """Return the message as lines: where and problem, offenders, hint."""
        lines = [f"{self.where}: {self.problem}"]
        lines += [f"  - {offender}" for offender in self.offenders[: self.shown]]
        if len(self.offenders) > self.shown:
            lines.append(f"  ... and {len(self.offenders) - self.shown} more ({len(self.offenders)} in all)")
        if self.hint:
            lines.append(f"  What to do: {self.hint}")
        return "\n".join(lines)


class ConfigError(TrialError):
    """The configuration is not what the study models allow."""


class LockError(TrialError):
    """A raw file differs from the data lock, or a lock cannot be made as asked; every file is named."""

    shown = 1000


class DataError(TrialError):
    """A data file cannot be used as it is."""


class FileError(DataError):
    """A file of the pipeline's own cannot be written or read, or is not as it was written."""


class RunError(TrialError):
    """A job on a node of a cluster finds another machine, configuration or code than its run began with."""


class ModelError(TrialError):
    """No rung of the covariance ladder gave an acceptable fit."""

    exit_code = 3
