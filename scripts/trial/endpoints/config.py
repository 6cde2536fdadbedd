"""The configuration of the endpoints: visits, indices, values below their limit, sources."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from trial.endpoints.config_laboratory import Laboratory, check_laboratory
from trial.endpoints.config_plan import EndpointPlan, collect_adlb_spec
from trial.endpoints.config_visits import Selection, Visit, Window, check_exports, check_visits
from trial.endpoints.inputs import C_PEPTIDE, GLUCOSE, INPUTS, INSULIN, SAME_UNIT, UNITS
from trial.labs.config import Specimen
from trial.study.base import Code, RawPath, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

FastingHours = Annotated[float, Field(ge=0, le=72)]


class IndexRules(Strict):
    """What counts as one draw, and the domain of HOMA1-%B (Matthews 1985)."""

    pairing_minutes: Annotated[int, Field(ge=0, le=1440)]
    """Results of one subject at most this far apart are of one draw, unless an accession says otherwise."""
    homa_b_undefined_at: Annotated[float, Field(ge=3.5)]
    """Glucose in mmol/L at or below which HOMA1-%B has no value."""
    homa_b_unstable_below: Annotated[float, Field(ge=3.5)]
    """Glucose in mmol/L below which HOMA1-%B is computed and flagged."""


Range = Annotated[tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]], Field(strict=False)]


class Homa2Ranges(Strict):
    """The inputs that one version of the HOMA2 calculator accepts, ends included."""

    glucose: Range
    """Lowest and highest glucose in mmol/L."""
    partner: Range
    """Lowest and highest insulin in pmol/L, or C-peptide in nmol/L."""

    @model_validator(mode="after")
    def _order(self) -> "Homa2Ranges":
        for name, (low, high) in (("glucose", self.glucose), ("partner", self.partner)):
            if not low < high:
                raise ValueError(f"{name}: {low} is not below {high}")
        return self


class Homa2(Strict):
    """What goes to a licensed user of the HOMA2 calculator, and where the results come back.

    Ranges are in mmol/L (glucose), pmol/L (insulin), nmol/L (C-peptide). `insulin_factor`: pmol/L per
    microunit/mL. `results`: the calculator's results below `data/raw`; null until they are there.
    """

    calculator: Text
    """Version of the calculator, as every returned row names it."""
    glucose: Code
    """Analyte of glucose, standardised to mmol/L."""
    partner: Code
    """Analyte of insulin (microunits/mL) or C-peptide (ng/mL)."""
    partner_kind: Literal["specific insulin", "conventional insulin", "c-peptide"]
    """What the calculator is told that the partner is."""
    insulin_factor: Annotated[float, Field(gt=0)] | None
    """pmol/L per microunit/mL of insulin; null for C-peptide."""
    fasting: Literal["required", "not contradicted", "any"]
    """Which draws are handed over, by their fasting state."""
    specimens: listed(Specimen)  # type: ignore[valid-type]
    """Specimens of the results that are handed over, beside those of which nothing is said."""
    ranges: Homa2Ranges
    """The inputs that this version of the calculator accepts."""
    results: RawPath | None
    """The calculator's results below data/raw; null until they are there."""

    @model_validator(mode="after")
    def _factor_of_insulin(self) -> "Homa2":
        if (self.insulin_factor is None) != (self.partner_kind == "c-peptide"):
            raise ValueError("insulin_factor is a number for insulin, and null for c-peptide")
        return self


class BelowLimit(Strict):
    """Values below the quantification limit: substitution, and when the output must warn."""

    substitute: Literal["LLOQ/2"]
    """What stands for a value below its limit of quantification."""
    warn_above_pct: Annotated[float, Field(ge=0, le=100)]
    """Outputs warn above this percentage of values below the limit, at the worst arm and visit."""
    describe_only_above_pct: Annotated[float, Field(ge=0, le=100)]
    """Above this percentage, in any arm at any visit, the endpoint is detectability only: p is withheld."""


class FromAnalyte(Strict):
    """An endpoint that is a measured analyte."""

    analyte: Code
    """The measured analyte."""
    fasting: Literal["required", "not contradicted", "any"]
    """Which results can serve, by their fasting state."""
    specimens: listed(Specimen)  # type: ignore[valid-type]
    """Specimens of the results that can serve, beside those of which nothing is said."""


class FromIndex(Strict):
    """An endpoint that is an index of analytes from one draw; `inputs` names the analyte of each role."""

    index: Text
    """Name of the index."""
    inputs: Annotated[dict[str, Code], Field(min_length=1)]
    """The analyte of each input of the index."""
    fasting: Literal["required", "not contradicted", "any"]
    """Which results can serve, by their fasting state."""
    specimens: listed(Specimen)  # type: ignore[valid-type]
    """Specimens of the results that can serve, beside those of which nothing is said."""


def _has_index(value: object) -> bool:
    """Return whether an endpoint's source is meant as an index, so that its own keys are checked."""
    return isinstance(value, FromIndex) or (isinstance(value, Mapping) and "index" in value)


Source = Annotated[
    Annotated[FromAnalyte, Tag("FromAnalyte")] | Annotated[FromIndex, Tag("FromIndex")],
    Discriminator(lambda value: "FromIndex" if _has_index(value) else "FromAnalyte"),
]


class Endpoint(EndpointPlan):
    """One endpoint: where its values come from and how it is analysed and printed."""

    source: Source
    """Where the values come from: an analyte, or an index of analytes of one draw."""
    selection: Selection | None = None
    """Which record stands for a visit of this endpoint; null for the study's `selection`."""


class EndpointSections(Strict):
    """The sections of this room."""

    visits: listed(Visit)  # type: ignore[valid-type]
    """Analysis visits in order, baseline first."""
    other_visits: dict[Code, Text] = Field(default_factory=dict)
    """Visits that exports name beside the analysis visits (screening, unscheduled, follow-up), and labels."""
    selection: Selection
    """Which record stands for a visit when several do."""
    fasting_hours: FastingHours | None
    """Fewer hours fasted on the visit form make the samples of that day not fasting; null: not judged."""
    indices: IndexRules | None
    """Rules of indices that are computed from several analytes; null for a study without."""
    homa2: Homa2 | None
    """Exchange with a licensed user of the HOMA2 calculator; null for none."""
    below_limit: BelowLimit
    """What is done about values below the limit of quantification."""
    endpoints: Annotated[dict[Code, Endpoint], Field(min_length=1)]
    """The endpoints by their parameter code."""
    laboratory: Laboratory | None = None
    """The safety laboratory; null for a study without."""


class DeriveEndpointSpec(Strict):
    """What `derive_endpoint` stands on: nothing of how the endpoint is analysed, numbered or printed.

    `indices`: their rules where the endpoint is one; null where it is measured.
    `flags`: the populations' flags that every record carries.
    """

    paramcd: Code
    unit: Text
    source: Source
    visits: listed(Window)  # type: ignore[valid-type]
    selection: Selection
    fasting_hours: FastingHours | None
    indices: IndexRules | None
    below_limit: BelowLimit
    flags: listed(Code)  # type: ignore[valid-type]

    @property
    def analytes(self) -> tuple[str, ...]:
        """The analytes that the records are made of."""
        source = self.source
        return (source.analyte,) if isinstance(source, FromAnalyte) else tuple(source.inputs.values())


class DeriveLaboratorySpec(Strict):
    """What `derive_laboratory` stands on; `units` and `specimens` by parameter."""

    laboratory: Laboratory
    units: dict[Code, Text]
    specimens: dict[Code, listed(Specimen)]  # type: ignore[valid-type]
    visits: listed(Window)  # type: ignore[valid-type]
    selection: Selection
    below_limit: BelowLimit
    flags: listed(Code)  # type: ignore[valid-type]

    @classmethod
    def of(cls, study: Any, windows: tuple[Window, ...]) -> "DeriveLaboratorySpec":
        """Return the slice of a study that has the section; its baseline has a window of its own."""
        laboratory = study.laboratory
        own, used = laboratory.by_code, study.analytes
        return cls(
            laboratory=laboratory,
            units={code: used[one.analyte].unit for code, one in own.items()},
            specimens={code: one.specimens or used[one.analyte].specimens for code, one in own.items()},
            visits=tuple(_before_treatment(window, laboratory.baseline_window) for window in windows),
            selection=study.selection,
            below_limit=study.below_limit,
            flags=tuple(sorted(study.populations)),
        )


def _before_treatment(window: Window, days: tuple[int, int]) -> Window:
    """Return the baseline visit with another window, and any other visit as it is."""
    if not window.baseline:
        return window
    return Window(**window.model_dump() | {"window": days, "target_day": days[1]})


class Homa2Spec(Strict):
    """What `export_homa2` and `import_homa2` stand on."""

    homa2: Homa2
    fasting_hours: FastingHours | None
    indices: IndexRules


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slices of this room's rules."""
    flags = tuple(sorted(study.populations))
    windows = tuple(Window(**visit.model_dump(exclude={"label"})) for visit in study.visits)
    for code, endpoint in study.endpoints.items():
        yield (
            f"derive_endpoint.{code}",
            DeriveEndpointSpec(
                paramcd=code,
                unit=endpoint.unit,
                source=endpoint.source,
                visits=windows,
                selection=endpoint.selection or study.selection,
                fasting_hours=study.fasting_hours,
                indices=study.indices if isinstance(endpoint.source, FromIndex) else None,
                below_limit=study.below_limit,
                flags=flags,
            ),
        )
    yield "collect_adlb", collect_adlb_spec(study)
    if study.laboratory:
        yield "derive_laboratory", DeriveLaboratorySpec.of(study, windows)
    if study.homa2:
        hours, rules = study.fasting_hours, study.indices
        yield "homa2", Homa2Spec(homa2=study.homa2, fasting_hours=hours, indices=rules)


def check(study: Any) -> list[str]:
    """Return what the sections of this room contradict in each other and in the analytes."""
    lines = [*check_visits(study), *check_exports(study), *_check_endpoints(study), *_check_homa2(study)]
    lines += check_laboratory(study)
    if study.indices and study.indices.homa_b_unstable_below < study.indices.homa_b_undefined_at:
        lines.append("indices.homa_b_unstable_below: must not lie below homa_b_undefined_at")
    if study.below_limit.describe_only_above_pct < study.below_limit.warn_above_pct:
        lines.append("below_limit.describe_only_above_pct: must not lie below warn_above_pct")
    return lines


def _check_endpoints(study: Any) -> list[str]:
    lines = repeated_names("endpoints.number", [endpoint.number for endpoint in study.endpoints.values()])
    after_baseline = [visit.code for visit in study.visits if not visit.baseline]
    for code, endpoint in study.endpoints.items():
        lines += unknown_name(f"endpoints.{code}.primary_visit", endpoint.primary_visit, after_baseline)
        source = endpoint.source
        analytes = [source.analyte] if isinstance(source, FromAnalyte) else list(source.inputs.values())
        lines += _check_specimens(f"endpoints.{code}.source.specimens", source.specimens, analytes, study)
        if isinstance(endpoint.source, FromIndex):
            lines += _check_index(f"endpoints.{code}", endpoint, endpoint.source, study)
        else:
            lines += _check_measured(f"endpoints.{code}", endpoint, endpoint.source.analyte, study)
    return lines


def _check_specimens(key: str, specimens: tuple[str, ...], analytes: list[str], study: Any) -> list[str]:
    """Return the specimens that no analyte is measured in, and the analytes that none of them serves."""
    taken = {name: study.analytes[name].specimens for name in analytes if name in study.analytes}
    known = [specimen for several in taken.values() for specimen in several]
    right = ", ".join(dict.fromkeys(known))
    lines = [
        f"{key}: {' or '.join(taken)} is not measured in '{specimen}', but in {right}"
        for specimen in specimens
        if taken and specimen not in known
    ]
    return lines + [
        f"{key}: none of them is one that {name} is measured in ({', '.join(several)})"
        for name, several in taken.items()
        if not lines and not set(several) & set(specimens)
    ]


def _check_measured(key: str, endpoint: Endpoint, name: str, study: Any) -> list[str]:
    if unknown := unknown_name(f"{key}.source.analyte", name, study.analytes):
        return unknown
    analyte, lines = study.analytes[name], []
    if analyte.kind in ("qualitative", "text"):
        lines.append(f"{key}.source.analyte: {name} is {analyte.kind}, an endpoint needs numbers")
    if analyte.unit != endpoint.unit:
        lines.append(f"{key}.unit: '{endpoint.unit}', but analytes.{name}.unit is '{analyte.unit}'")
    return lines


def _check_index(key: str, endpoint: Endpoint, source: FromIndex, study: Any) -> list[str]:
    """An index's constants hold for the units of `INPUTS` only."""
    index = source.index
    if study.indices is None:
        return [f"indices: null, but {key}.source.index needs their rules"]
    if unknown := unknown_name(f"{key}.source.index", index, INPUTS):
        return unknown
    lines = []
    if endpoint.decimals == "collected":
        lines.append(f"{key}.decimals: {index} is computed, not collected; give a number")
    if endpoint.unit != UNITS[index]:
        lines.append(f"{key}.unit: '{endpoint.unit}', but {index} has the unit '{UNITS[index]}'")
    roles = INPUTS[index]
    if set(roles) != set(source.inputs):
        found = f"{index} needs {sorted(roles)}, found {sorted(source.inputs)}"
        return [f"{key}.source.inputs: {found}", *lines]
    for role, wanted in roles.items():
        lines += _check_input(f"{key}.source.inputs.{role}", index, source.inputs[role], wanted, study)
    return lines


def _check_homa2(study: Any) -> list[str]:
    """The calculator's inputs are converted from one unit each."""
    if study.homa2 is None:
        return []
    if study.indices is None:
        return ["indices: null, but homa2 pairs its draws by their rules"]
    homa2 = study.homa2
    both = _check_specimens("homa2.specimens", homa2.specimens, [homa2.glucose, homa2.partner], study)
    partner = C_PEPTIDE if homa2.partner_kind == "c-peptide" else INSULIN
    wanted = {"glucose": (homa2.glucose, GLUCOSE), "partner": (homa2.partner, partner)}
    return both + [
        line
        for role, (name, unit) in wanted.items()
        for line in _check_input(f"homa2.{role}", "HOMA2", name, unit, study)
    ]


def _check_input(key: str, index: str, name: str, wanted: str, study: Any) -> list[str]:
    if unknown := unknown_name(key, name, study.analytes):
        return unknown
    unit = study.analytes[name].unit
    if SAME_UNIT.get(unit, unit) == wanted:
        return []
    return [f"{key}: {index} needs '{wanted}', but analytes.{name}.unit is '{unit}'"]
