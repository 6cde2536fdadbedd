"""Terms and columns of a model in words: variables, arms and visits as the outputs call them."""

from collections.abc import Mapping, Sequence
from typing import Any

from trial.display.context import Context
from trial.display.spec import Endpoint, OutputSpec
from trial.study.errors import DataError

INTERCEPT = "Intercept"
Parts = Sequence[Sequence[str]]


class TermWords:
    """Names the terms (`term`) and coefficients (`column`) of the model in a role of a per-endpoint output.

    Parameters
    ----------
    context : Context
    role : str
        The role of the model; its record says which variable and level each part of a name is.
    """

    def __init__(self, context: Context, role: str) -> None:
        (record,) = context.records[role]
        self._spec: OutputSpec = context.spec
        self._record: Mapping[str, Any] = record
        (shown,) = (one for one in context.spec.roles[role] if context.endpoint.paramcd in one.endpoints)
        scales = record.get("covariates", ())
        self._covariates = {
            variable: f"{scale} {word}".strip()
            for (variable, scale), word in zip(scales, shown.covariates, strict=bool(scales))
        }
        codes = {"ARMCD": [(arm.code, arm.label) for arm in context.spec.arms]}
        codes["AVISIT"] = [(visit.code, visit.label) for visit in context.spec.visits]
        self._levels = {variable: dict(labels) for variable, labels in codes.items()}

    def term(self, name: str) -> str:
        """Return a term in words: ``Arm × visit``."""
        return self._joined(self._parts("terms", name))

    def column(self, name: str) -> str:
        """Return a coefficient in words: ``Arm: B × visit: Month 3``."""
        return self._joined(self._parts("columns", name))

    def references(self) -> str:
        """Return the levels that the coefficients compare with; an empty text without factors."""
        found = self._record.get("references", {})
        return ", ".join(self._part(variable, level) for variable, level in sorted(found.items()))

    def _parts(self, kind: str, name: str) -> Parts:
        found = self._record.get(kind, {}).get(name)
        if found is None:
            raise DataError(f"record of {self._spec.id}", f"expected {name} among its {kind}, found none")
        parts: Parts = found
        return parts

    def _joined(self, parts: Parts) -> str:
        text = " × ".join(self._part(variable, level) for variable, level in parts) or INTERCEPT
        return text[:1].upper() + text[1:] if not text.startswith("ln ") else text

    def _part(self, variable: str, level: str) -> str:
        word = {"ARMCD": "arm", "AVISIT": "visit"}.get(variable) or self._covariates.get(variable, variable)
        if not level:
            return word
        return f"{word}: {self._levels.get(variable, {}).get(level, level)}"


def scale_sentence(spec: OutputSpec, endpoint: Endpoint) -> str:
    """Return the scale that estimates of the model stand on."""
    of_change = spec.model(endpoint).response == "change"
    if endpoint.is_log:
        return "ln(value) − ln(baseline)" if of_change else "ln(value)"
    name = endpoint.difference_unit if of_change else endpoint.unit_label
    unit = f" ({name})" if endpoint.unit_label else ""
    return f"{'change from baseline' if of_change else 'value'}{unit}"
