"""Chapters 3 to 5 of the reviewer's guide: all data sets together, their dependencies, each of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trial.export.datasets import is_analysed
from trial.export.define_methods import selection_words
from trial.export.dependencies import made_by
from trial.export.guide import Paragraph, Part, Section, ToWrite, grid

if TYPE_CHECKING:
    from trial.export.datasets import Exported
    from trial.export.package import Export

# What a data set is for, beside its class.
_USES = {
    "ADSL": "baseline, populations",
    "ADAE": "safety",
    "ADLBSAF": "safety",
    "ADEX": "safety, exposure",
    "ADMH": "baseline",
    "ADIE": "eligibility",
    "ADLBS": "eligibility",
    "ADDV": "conduct",
    "ADSV": "conduct",
    "ADCM": "baseline, safety, intercurrent events",
    "ADICE": "intercurrent events",
}


def of_several_data_sets(export: "Export") -> Iterator[Section]:
    """Yield chapter 3."""
    yield Section("3", "Analysis Considerations Related to Multiple Analysis Datasets")
    yield Section("3.1", "Core Variables", tuple(_core(export)))
    yield Section("3.2", "Treatment Variables", tuple(_treatments(export)))
    yield Section("3.3", "Subject Issues that Require Special Analysis Rules", tuple(_subjects(export)))
    yield Section(
        "3.4",
        "Use of Visit Windowing, Unscheduled Visits, and Record Selection",
        tuple(_visits(export.study)),
    )
    yield Section("3.5", "Imputation/Derivation Methods", tuple(_imputation(export)))


def _core(export: "Export") -> Iterator[Part]:
    others = [dataset for dataset in export.datasets if dataset.name != "ADSL"]
    adsl = export.dataset("ADSL")
    rows = []
    for column in adsl.columns:
        holders = [dataset.name for dataset in others if dataset.has(column.name)]
        if holders:
            rows.append((column.name, column.label, ", ".join(holders)))
    yield Paragraph(
        "Variables of ADSL that stand in other data sets too, with the same value for the subject."
    )
    yield grid("Core variables", "Variable|Label|Also in", rows, (1, 2, 3))


def _treatments(export: "Export") -> Iterator[Part]:
    table = export.tables["ADSL"]
    other = int((table["TRT01P"] != table["TRT01A"]).sum())
    yield Paragraph(
        "ARMCD and ARM are the planned arm and its description; TRT01P is its code. TRT01A is the "
        "treatment received (define.xml says how it is found). The codes of TRT01P and TRT01A are those "
        "of ARMCD."
    )
    yield Paragraph(f"TRT01A differs from TRT01P in {other} of {len(table)} subjects.")
    used: dict[tuple[str, str], list[str]] = {}
    for name, analysis in export.study.analyses.items():
        used.setdefault((analysis.treatment, analysis.population), []).append(name)
    rows = [(treatment, population, ", ".join(names)) for (treatment, population), names in used.items()]
    yield grid("Treatment and population of the analyses", "Treatment|Population|Analyses", rows, (1, 1, 5))


def _subjects(export: "Export") -> Iterator[Part]:
    table = export.tables["ADSL"]
    rows = [
        (name, population.label, int((table[name] == "Y").sum()), int((table[name] != "Y").sum()))
        for name, population in export.study.populations.items()
    ]
    yield grid(
        f"Members of the populations, of {len(table)} subjects", "Flag|Population|Members|Others", rows
    )
    yield ToWrite(
        "subjects that need rules of their own (treated otherwise than allocated, enrolled twice, data in "
        "question), by subject, and what was done"
    )


def _visits(study: Any) -> Iterator[Part]:
    given = is_analysed(study)
    if given:
        yield Paragraph("Visits and flags are those of the ADaM inputs.")
    own = {code: one.selection for code, one in study.endpoints.items() if getattr(one, "selection", None)}
    selections = {"all other parameters" if own else "all parameters": study.selection} | own
    rows = []
    for what, selection in selections.items():
        if selection is not None:
            before, after = selection_words(selection, study.visits)
            of_visit = "window of the date" if selection.visit == "window" else "visit that the export names"
            rows.append((what, of_visit, before, after))
    if rows:
        said = (
            "Compared with the flags of the inputs"
            if given
            else "Which record stands for a visit (ANL01FL, ABLFL)"
        )
        yield grid(said, "Parameters|A record is of|Baseline|After baseline", rows, (1, 1, 2, 2))
    other = getattr(study, "other_visits", {})
    if other:
        names = ", ".join(f"{code} ({label})" for code, label in other.items())
        yield Paragraph(
            f"Further visits that the exports name: {names}. Their samples take part by their date, as above."
        )
    yield Paragraph(
        "Every usable result has a record; REASON says why one is not analysed. Windows stand in section 2.2."
    )


def _imputation(export: "Export") -> Iterator[Part]:
    study = export.study
    limit = study.below_limit
    yield Paragraph(
        f"Values below the limit of quantification: {limit.substitute} (DTYPE). Outputs warn above "
        f"{limit.warn_above_pct:g} percent of such values, and give no p-value above "
        f"{limit.describe_only_above_pct:g} percent."
    )
    early = (
        " but ADICE.ICEDT, where EARLYFL is Y" if any(one.name == "ADICE" for one in export.datasets) else ""
    )
    yield Paragraph(
        f"Dates that are known in part stay as collected: no date of the data sets is imputed{early}."
    )
    kinds: dict[str, int] = {}
    for dataset in export.datasets:
        table = export.tables[dataset.name]
        if dataset.has("DTYPE"):
            for kind, count in table.loc[table["DTYPE"] != "", "DTYPE"].value_counts().sort_index().items():
                kinds[f"{dataset.name}: {kind}"] = int(count)
    yield grid("Derived records by type", "Data set and DTYPE|Records", list(kinds.items()))
    imputing = [
        (name, one.label, one.method) for name, one in study.analyses.items() if "imput" in one.method
    ]
    yield grid(
        "Analyses that impute values (not stored in the data sets)",
        "Analysis|Label|Method",
        imputing,
        (1, 3, 1),
    )


def of_processing(export: "Export") -> Iterator[Section]:
    """Yield chapter 4."""
    yield Section("4", "Analysis Data Creation and Processing Issues")
    yield Section("4.1", "Split Datasets", (Paragraph("No data set is split."),))
    rows = []
    for dataset in export.datasets:
        programs, inputs = made_by(export.study, dataset.name)
        rows.append((dataset.name, ", then ".join(programs), ", ".join(inputs)))
    yield Section(
        "4.2",
        "Data Dependencies",
        (grid("What each data set is made of", "Data set|Programs|Inputs", rows, (1, 2, 3)),),
    )
    yield Section("4.3", "Intermediate Datasets", (Paragraph(_intermediate(export.study)),))


def _intermediate(study: Any) -> str:
    stay = "stay in the folder of results"
    if is_analysed(study):
        return f"Records of each endpoint (endpoints/) and the rows behind them (data/lineage.csv) {stay}."
    return (
        "Usable laboratory results (data/labs.csv), ADSL without its populations (data/assigned.csv), "
        f"records of each endpoint (endpoints/) and the raw results behind them (data/lineage.csv) {stay}."
    )


def of_data_sets(export: "Export") -> Iterator[Section]:
    """Yield chapter 5."""
    yield Section("5", "Analysis Dataset Descriptions")
    count = len(export.datasets)
    yield Section(
        "5.1",
        "Overview",
        (
            Paragraph(
                f"{count} data sets leave; data sets without any record do not. define.xml describes every "
                "variable."
            ),
            ToWrite("which data were collected and are in no analysis data set, and why"),
        ),
    )
    rows = [_overview(export, dataset) for dataset in export.datasets]
    headings = "Data set|Label|Class|Used for|Primary|Structure|Records|Subjects"
    yield Section(
        "5.2", "Analysis Datasets", (grid("Data sets", headings, rows, (1, 2, 2, 1.5, 1, 2, 1, 1)),)
    )
    for number, dataset in enumerate(export.datasets, start=1):
        yield Section(f"5.2.{number}", f"{dataset.name}: {dataset.label}", tuple(_dataset(export, dataset)))


def _overview(export: "Export", dataset: "Exported") -> tuple[object, ...]:
    table = export.tables[dataset.name]
    primary = dataset.name in ("ADSL", "ADLB")
    return (
        dataset.name, dataset.label, dataset.adam_class, _USES.get(dataset.name, "efficacy"),
        "yes" if primary else "no", dataset.structure, len(table), table["USUBJID"].nunique(),
    )  # fmt: skip


def _dataset(export: "Export", dataset: "Exported") -> Iterator[Part]:
    programs, _ = made_by(export.study, dataset.name)
    yield Paragraph(
        f"{dataset.structure}; keys {', '.join(dataset.keys)}; {len(dataset.columns)} variables. Made by "
        f"{', then '.join(programs)}."
    )
    table = export.tables[dataset.name]
    if "PARAMCD" in table:
        rows = [
            (
                code,
                mine["PARAM"].iloc[0],
                len(mine),
                int((mine["ANL01FL"] == "Y").sum()),
                int((mine["ABLFL"] == "Y").sum()),
            )
            for code, mine in table.groupby("PARAMCD", sort=False)
        ]
        yield grid(
            "Parameters", "PARAMCD|PARAM|Records|Analysed (ANL01FL)|Baselines (ABLFL)", rows, (1, 2, 1, 1, 1)
        )
