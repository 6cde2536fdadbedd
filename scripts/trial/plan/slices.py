"""The part of the study that each rule stands on, so that a change of the rest reruns nothing of it.

The Snakefile writes each slice to `results/spec/<name>.json` when its content changes; a rule has
its slice as an input and a script reads nothing else of the configuration.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from trial.analysis.config import EndpointSpec, ModelSpec, PopulationSpec
from trial.endpoints.config import AdlbSpec, Homa2Spec
from trial.labs.config import LabsSpec
from trial.plan.study import Study
from trial.study.files import json_text, write_if_changed
from trial.subjects.config import SubjectsSpec


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


def _display_endpoint(study: Study, code: str) -> Mapping[str, Any]:
    endpoint = study.endpoints[code]
    shown = endpoint.model_dump(mode="json", exclude={"source", "reports_below_limit"})
    return shown | {"paramcd": code, "has_limits": endpoint.reports_below_limit}
