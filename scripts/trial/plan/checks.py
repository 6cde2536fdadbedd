"""Cross-checks between the sections of the configuration; each returns lines, none raises."""

from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import pairwise

from trial.endpoints.config import FromIndex
from trial.endpoints.inputs import C_PEPTIDE, GLUCOSE, INPUTS, INSULIN, SAME_UNIT, UNITS
from trial.labs.config import check_intake
from trial.plan.study import Study


def cross_check(study: Study) -> list[str]:
    """Return every contradiction between sections, as dotted key, expectation and finding."""
    return [
        *_check_arms(study),
        *_check_visits(study),
        *_check_endpoints(study),
        *_check_rules(study),
        *_check_homa2(study),
        *check_intake(study),
    ]


def _check_arms(study: Study) -> list[str]:
    codes = [arm.code for arm in study.arms]
    lines = _repeated("arms.code", codes) + _repeated("arms.label", [arm.label for arm in study.arms])
    lines += _repeated("arms.site_texts", [text.casefold() for arm in study.arms for text in arm.site_texts])
    if len(codes) < 2:
        lines.append(f"arms: a comparison needs at least two arms, found {len(codes)}")
    return lines + _unknown("reference_arm", study.reference_arm, codes)


def _check_visits(study: Study) -> list[str]:
    visits = study.visits
    lines = _repeated("visits.code", [visit.code for visit in visits])
    lines += _repeated("visits.label", [visit.label for visit in visits])
    if sum(visit.baseline for visit in visits) != 1 or not visits[0].baseline:
        lines.append("visits: exactly one visit is the baseline, and it stands first")
    elif visits[0].window[1] > 0:
        lines.append(f"visits.window: the baseline window {visits[0].window} must end on or before day 0")
    numbers = [visit.number for visit in visits]
    if numbers != sorted(set(numbers)):
        lines.append(f"visits.number: must rise from visit to visit, found {numbers}")
    for before, after in pairwise(visits):
        if before.window[1] >= after.window[0]:
            lines.append(
                f"visits.window: {before.code} {before.window} and {after.code} {after.window} overlap"
            )
    after_baseline = [visit.code for visit in visits if not visit.baseline]
    return lines + _unknown("outputs.primary_visit", study.outputs.primary_visit, after_baseline)


def _check_endpoints(study: Study) -> list[str]:
    lines = _repeated("endpoints.number", [endpoint.number for endpoint in study.endpoints.values()])
    for code, endpoint in study.endpoints.items():
        key, source = f"endpoints.{code}.source", endpoint.source
        if isinstance(source, FromIndex):
            lines += _check_index(key, source, study)
            wanted = UNITS.get(source.index, endpoint.unit)
            if endpoint.unit != wanted:
                lines.append(
                    f"endpoints.{code}.unit: '{endpoint.unit}', but {source.index} has the unit '{wanted}'"
                )
        elif not (unknown := _unknown(f"{key}.analyte", source.analyte, study.analytes)):
            if (kind := study.analytes[source.analyte].kind) in ("qualitative", "text"):
                lines.append(f"{key}.analyte: {source.analyte} is {kind}, an endpoint needs numbers")
            unit = study.analytes[source.analyte].unit
            if unit != endpoint.unit:
                lines.append(
                    f"endpoints.{code}.unit: '{endpoint.unit}', "
                    f"but analytes.{source.analyte}.unit is '{unit}'"
                )
        else:
            lines += unknown
    return lines


def _check_index(key: str, source: FromIndex, study: Study) -> list[str]:
    """An index's constants hold for the units of `INPUTS` only."""
    if unknown := _unknown(f"{key}.index", source.index, INPUTS):
        return unknown
    roles = INPUTS[source.index]
    if set(roles) != set(source.inputs):
        return [f"{key}.inputs: {source.index} needs {sorted(roles)}, found {sorted(source.inputs)}"]
    return [
        line
        for role, wanted in roles.items()
        for line in _check_input(f"{key}.inputs.{role}", source.index, source.inputs[role], wanted, study)
    ]


def _check_rules(study: Study) -> list[str]:
    lines = _repeated("mmrm.covariance_ladder", study.mmrm.covariance_ladder)
    if study.indices.homa_b_unstable_below < study.indices.homa_b_undefined_at:
        lines.append("indices.homa_b_unstable_below: must not lie below homa_b_undefined_at")
    if study.below_limit.describe_only_above_pct < study.below_limit.warn_above_pct:
        lines.append("below_limit.describe_only_above_pct: must not lie below warn_above_pct")
    return lines


def _check_homa2(study: Study) -> list[str]:
    """The calculator's inputs are converted from one unit each."""
    if study.homa2 is None:
        return []
    partner = C_PEPTIDE if study.homa2.partner_kind == "c-peptide" else INSULIN
    wanted = {"glucose": (study.homa2.glucose, GLUCOSE), "partner": (study.homa2.partner, partner)}
    return [
        line
        for role, (name, unit) in wanted.items()
        for line in _check_input(f"homa2.{role}", "HOMA2", name, unit, study)
    ]


def _check_input(key: str, index: str, name: str, wanted: str, study: Study) -> list[str]:
    if unknown := _unknown(key, name, study.analytes):
        return unknown
    unit = study.analytes[name].unit
    if SAME_UNIT.get(unit, unit) == wanted:
        return []
    return [f"{key}: {index} needs '{wanted}', but analytes.{name}.unit is '{unit}'"]


def _repeated(key: str, names: Iterable[object]) -> list[str]:
    return [f"{key}: '{name}' stands {count} times" for name, count in Counter(names).items() if count > 1]


def _unknown(key: str, name: str, known: Iterable[str]) -> list[str]:
    names = list(known)
    if name in names:
        return []
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return [f"{key}: '{name}' is not one of {', '.join(names)}{hint}"]
