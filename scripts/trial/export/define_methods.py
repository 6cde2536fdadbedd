"""How every derived variable is made, in words, from the study's own configuration.

One text for a data set and variable, or, for values that differ by parameter, one for the parameter.
Formulas of indices are those of `trial.endpoints.indices`, each with its source. What a study takes as
given from ADaM inputs is said to be given.
"""

from collections.abc import Iterator
from typing import Any

from trial.export.datasets import is_analysed
from trial.export.method_records import (
    endpoint_value,
    laboratory_value,
    of_endpoints,
    of_given,
    of_laboratory,
)
from trial.export.method_subjects import of_files, of_populations, of_subjects
from trial.export.method_words import Key, Method


class Methods:
    """The methods of a study.

    Parameters
    ----------
    study : Study or AnalysedStudy
        The checked configuration.
    """

    def __init__(self, study: Any) -> None:
        self._study = study
        given = is_analysed(study)
        self._found = dict(of_given(study) if given else _derived(study))
        self._found |= dict(of_populations(study, "read_adam.py" if given else "derive_populations.py"))

    def of(self, dataset: str, variable: str) -> Method | None:
        """Return the method of a variable; None where there is none."""
        return self._found.get((dataset, variable))

    def of_value(self, dataset: str, parameter: str) -> Method | None:
        """Return the method of AVAL for one parameter; None where no such one is configured."""
        if dataset == "ADLB" and parameter in self._study.endpoints:
            return endpoint_value(self._study, parameter)
        laboratory = getattr(self._study, "laboratory", None)
        if dataset == "ADLBSAF" and laboratory and parameter in laboratory.by_code:
            return laboratory_value(self._study, laboratory.by_code[parameter])
        return None


def _derived(study: Any) -> Iterator[tuple[Key, Method]]:
    """Yield the methods of a study that starts from raw data."""
    yield from of_subjects(study)
    yield from of_endpoints(study)
    yield from of_files()
    if study.laboratory:
        yield from of_laboratory(study)
