"""The part of the study that each rule stands on, so that a change of the rest reruns nothing of it.

The Snakefile writes each slice to `results/spec/<name>.json` when its content changes; a rule has
its slice as an input and a script reads nothing else of the configuration.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from trial.study.errors import ConfigError
from trial.study.files import json_text, write_if_changed
from trial.study.intake import LabsSpec
from trial.study.models import (
    Arm,
    BelowLimit,
    Code,
    Edc,
    Endpoint,
    Homa2,
    IndexRules,
    MmrmAnalysis,
    Selection,
    Strict,
    Visit,
    listed,
)
from trial.study.plan import Study

Slice = TypeVar("Slice", bound=BaseModel)
Population = Literal["ENRLFL", "FASFL", "SAFFL"]
Treatment = Literal["TRT01P", "TRT01A"]


class SubjectsSpec(Strict):
    """What `derive_subjects` stands on."""

    edc: Edc
    arms: listed(Arm)  # type: ignore[valid-type]


class AdlbSpec(Strict):
    """What `derive_adlb` stands on."""

    endpoints: dict[Code, Endpoint]
    visits: listed(Visit)  # type: ignore[valid-type]
    selection: Selection
    indices: IndexRules
    below_limit: BelowLimit
    population: Population


class Homa2Spec(Strict):
    """What `export_homa2` and `import_homa2` stand on."""

    homa2: Homa2
    indices: IndexRules
    below_limit: BelowLimit


class PopulationSpec(Strict):
    """What `count_population` stands on."""

    arms: listed(Arm)  # type: ignore[valid-type]
    population: Population
    treatment: Treatment


class EndpointSpec(Strict):
    """What the rules of one endpoint before its model stand on."""

    paramcd: Code
    endpoint: Endpoint
    arms: listed(Arm)  # type: ignore[valid-type]
    visits: listed(Visit)  # type: ignore[valid-type]
    population: Population
    treatment: Treatment


class ModelSpec(Strict):
    """What `fit_mmrm` stands on: the resolved model of one endpoint."""

    paramcd: Code
    endpoint: Endpoint
    arms: listed(Arm)  # type: ignore[valid-type]
    reference_arm: Code
    visits: listed(Visit)  # type: ignore[valid-type]
    mmrm: MmrmAnalysis
    below_limit: BelowLimit


def slice_study(study: Study) -> dict[str, BaseModel | dict[str, Any]]:
    """Return every slice by name: `<rule>` or `<rule>.<PARAMCD>`."""
    analysis = study.mmrm
    who: dict[str, Any] = {"population": analysis.population, "treatment": analysis.treatment}
    slices: dict[str, BaseModel | dict[str, Any]] = {
        "clean_labs": LabsSpec.of(study),
        "derive_subjects": SubjectsSpec(edc=study.edc, arms=study.arms),
        "derive_adlb": AdlbSpec(
            endpoints=study.endpoints,
            visits=study.visits,
            selection=study.selection,
            indices=study.indices,
            below_limit=study.below_limit,
            population=analysis.population,
        ),
        "count_population": PopulationSpec(arms=study.arms, **who),
        "display": display_slice(study),
    }
    if study.homa2:
        slices["homa2"] = Homa2Spec(homa2=study.homa2, indices=study.indices, below_limit=study.below_limit)
    for code, endpoint in study.endpoints.items():
        common: dict[str, Any] = {
            "paramcd": code,
            "endpoint": endpoint,
            "arms": study.arms,
            "visits": study.visits,
        }
        slices[f"endpoint.{code}"] = EndpointSpec(**common, **who)
        slices[f"fit_mmrm.{code}"] = ModelSpec(
            **common, reference_arm=study.reference_arm, mmrm=analysis, below_limit=study.below_limit
        )
        slices[f"display.{code}"] = display_slice(study, code)
    return slices


def display_slice(study: Study, paramcd: str = "") -> dict[str, Any]:
    """Return what displays are told: of one endpoint, or of all when `paramcd` is empty."""
    endpoints = {code: _display_endpoint(study, code) for code in study.endpoints}
    content: dict[str, Any] = {
        "study": study.study.model_dump(mode="json"),
        "estimand": study.mmrm.estimand.model_dump(mode="json"),
        "arms": [{"code": arm.code, "label": arm.label} for arm in study.arms],
        "reference_arm": study.reference_arm,
        "visits": [visit.model_dump(mode="json", exclude={"window"}) for visit in study.visits],
        "level": study.mmrm.level,
        "population": study.mmrm.population,
        "treatment": study.mmrm.treatment,
        "primary_visit": study.outputs.primary_visit,
        "p_value_format": study.outputs.p_value_format,
        "ratio_decimals": study.outputs.ratio_decimals,
    }
    shown = {"endpoint": endpoints[paramcd]} if paramcd else {"endpoints": list(endpoints.values())}
    return content | shown


def write_slices(study: Study, folder: Path) -> None:
    """Write each slice that is new or differs from the file on disk."""
    for name, content in slice_study(study).items():
        text = json_text(content.model_dump(mode="json") if isinstance(content, BaseModel) else content)
        write_if_changed(folder / f"{name}.json", text)


def read_slice(path: Path, model: type[Slice]) -> Slice:
    """Return a slice that the Snakefile wrote.

    Raises
    ------
    ConfigError
        If the file is not this slice (edited by hand, or of another version).
    """
    try:
        return model.model_validate_json(Path(path).read_bytes())
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ConfigError(str(path), f"not a {model.__name__}", found, "delete it and run again") from None


def _display_endpoint(study: Study, code: str) -> Mapping[str, Any]:
    endpoint = study.endpoints[code]
    shown = endpoint.model_dump(mode="json", exclude={"source", "reports_below_limit"})
    return shown | {"paramcd": code, "has_limits": endpoint.reports_below_limit}
