"""The jobs that the configuration asks for: the files of every analysis and output, for the rules.

Rules, report, manifest and the check of completeness derive from these; nothing is counted by hand.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial.analysis.config import STUDY, CollectSpec, acting_events, places
from trial.display.catalogue import asked_endpoints
from trial.display.config import shown_outputs
from trial.display.registry import TEMPLATES
from trial.plan.study import AnalysedStudy, AnyStudy
from trial.study.files import read_json
from trial.subjects.record_files import RECORD_FILES

SUFFIXES = {
    "table": ("html", "rtf", "csv"),
    "listing": ("html", "rtf", "csv"),
    "figure": ("svg", "png", "csv"),
}
# What is left of each endpoint.
ENDPOINT_FILES = ("adlb", "lineage", "queries", "absence")
# What is read of the archive of the earlier lock.
EARLIER_FILES = ("queries", "adlb", "labs")
# What is derived from the EDC files.
SUBJECT_TABLES = (
    *("assigned", "adsv", "adae", "adcm", "adice"),
    *(file.table for file in RECORD_FILES),
)
# What populations, eligibility and deviations are decided from, beside laboratory results.
POPULATION_TABLES = ("assigned", "adsv", "adcm", *(file.table for file in RECORD_FILES))
FOLDERS = {"table": "tables", "listing": "tables", "figure": "figures"}
# The data that a template may ask for, and where the whole study's stand.
DATA = {
    "adlb": "results/data/adlb.csv",
    "adsl": "results/data/adsl.csv",
    "adae": "results/data/adae.csv",
    "adsv": "results/data/adsv.csv",
    "adlbsaf": "results/data/adlbsaf.csv",
    "adex": "results/data/adex.csv",
    "admh": "results/data/admh.csv",
    "adie": "results/data/adie.csv",
    "addv": "results/data/addv.csv",
    "adice": "results/data/adice.csv",
    "populations": "results/data/populations.csv",
    "queries": "results/data/queries.csv",
    "accounting": "results/data/accounting.csv",
    "quality": "results/data/quality.csv",
    "weights": "results/design/weights.csv",
}
# The further data sets that a method may ask for.
TABLES = {
    "events": "results/data/adice.csv",
    "adae": "results/data/adae.csv",
    "adlbsaf": "results/data/adlbsaf.csv",
    "adsv": "results/data/adsv.csv",
    "adcm": "results/data/adcm.csv",
    "labs": "results/data/labs.csv",
    "lineage": "results/data/lineage.csv",
    "adex": "results/data/adex.csv",
    "admh": "results/data/admh.csv",
    "adie": "results/data/adie.csv",
    "addv": "results/data/addv.csv",
    "adsl": "results/data/adsl.csv",
    "adlb": "results/data/adlb.csv",
    "populations": "results/data/populations.csv",
    "accounting": "results/data/accounting.csv",
    "weights": "results/design/weights.csv",
    "matrix": "results/design/matrix.csv",
    "balance": "results/design/balance.csv",
}
# The data sets whose rows say which raw row they came from, beside the endpoints' records.
TRACED = (
    *("adlbsaf", "adsv", "adae", "adcm", "adice", "adie", "addv", "labs"),
    *(file.table for file in RECORD_FILES),
)
# Those that a study of already analysed data has not.
OF_RAW_DATA = {
    "adae": "adverse events are read from EDC files",
    "adlbsaf": "the safety laboratory is derived from laboratory exports",
    "adsv": "visits are read from EDC files",
    "adcm": "medicines are read from EDC files",
    "labs": "laboratory results are cleaned from raw exports",
    "lineage": "raw results stand behind records where these are derived",
    "adex": "exposure is read from EDC files",
    "admh": "medical history is read from EDC files",
    "adie": "eligibility is decided from EDC files and laboratory exports",
    "addv": "deviations are read from EDC files and derived",
    "adice": "intercurrent events are read from EDC files",
    "quality": "the quality of laboratory data is known where they are cleaned",
}
# The rooms that ask questions and account for rows.
RAW_BOOKS = (("subjects", "labs", "populations", "adlb"), ("edc", "labs"))
ANALYSED_BOOKS = (("adam", "adlb"), ("adam",))


@dataclass(frozen=True)
class AnalysisJob:
    """One analysis of one endpoint, or of the study.

    `sources`: result rows of other analyses that it reads. `recorded`: what these recorded, by their names.
    """

    analysis: str
    place: str
    method: str
    records: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    recorded: tuple[tuple[str, str], ...] = ()

    @property
    def module(self) -> str:
        """The module of its method."""
        return f"trial.analysis.methods.{self.method}"

    def file(self, name: str) -> str:
        """Return one of its files: rows.csv, record.json, records.csv."""
        return f"results/analyses/{self.analysis}/{self.place}/{name}"


@dataclass(frozen=True)
class OutputJob:
    """One table, listing or figure: its files, and what it is made of."""

    id: str
    kind: str
    template: str
    endpoint: str | None
    rows: tuple[tuple[str, AnalysisJob], ...]
    data: tuple[tuple[str, str], ...]

    @property
    def module(self) -> str:
        """The module of its template."""
        return f"trial.display.templates.{self.template}"

    @property
    def base(self) -> str:
        """The path of its files without suffix."""
        return f"results/{FOLDERS[self.kind]}/{self.id}"

    @property
    def files(self) -> list[str]:
        """Every file that it leaves."""
        return [f"{self.base}.{suffix}" for suffix in SUFFIXES[self.kind]] + [
            f"results/outputs/{self.id}.json"
        ]


def analysis_jobs(study: AnyStudy) -> dict[tuple[str, str], AnalysisJob]:
    """Return every analysis job by (analysis, endpoint or `study`), in the order of the configuration."""
    everywhere = tuple(places(study))
    return {place: _analysis_job(study, *place, everywhere) for place in everywhere}


def _analysis_job(
    study: AnyStudy, name: str, place: str, everywhere: tuple[tuple[str, str], ...]
) -> AnalysisJob:
    analysis = study.analyses[name]
    read = analysis.sources()
    codes = () if place == STUDY else (place, *analysis.baselines())
    records = tuple(f"results/endpoints/{code}/adlb.csv" for code in codes)
    asked = [*analysis.tables(), *(["events"] if acting_events(study, name, place) else [])]
    tables = tuple((table, TABLES[table]) for table in dict.fromkeys(asked))
    folders = [
        (other, f"results/analyses/{other}/{where}")
        for other, where in everywhere
        if other in read and place in (STUDY, where)
    ]
    sources = tuple(f"{folder}/rows.csv" for _, folder in folders)
    recorded = tuple((other, f"{folder}/record.json") for other, folder in folders if analysis.reads_records)
    return AnalysisJob(name, place, analysis.method, records, tables, sources, recorded)


@dataclass(frozen=True)
class AgreementJob:
    """What the primary analysis is computed a second time from, and its result rows; by endpoint."""

    records: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str], ...]
    events: tuple[str, ...]


def agreement_job(study: AnyStudy) -> AgreementJob:
    """Return the files of the independent computation of the primary analysis."""
    primary = next(name for name, analysis in study.analyses.items() if analysis.primary)
    jobs = [job for (name, place), job in analysis_jobs(study).items() if name == primary and place != STUDY]
    codes = dict.fromkeys([*(job.place for job in jobs), *study.analyses[primary].baselines()])
    return AgreementJob(
        tuple((code, f"results/endpoints/{code}/adlb.csv") for code in codes),
        tuple((job.place, job.file("rows.csv")) for job in jobs),
        tuple({path for job in jobs for name, path in job.tables if name == "events"}),
    )


def output_jobs(study: AnyStudy) -> dict[str, OutputJob]:
    """Return every output by id, in the order of the catalogue."""
    analyses = analysis_jobs(study)
    jobs = {}
    for shown in shown_outputs(study):
        template = TEMPLATES[shown.row.template].TEMPLATE
        places_shown = (shown.endpoint,) if shown.endpoint else asked_endpoints(shown.row, study)
        rows = tuple(
            (role, analyses[name, place])
            for role, names in shown.row.analyses.items()
            for name, place in analyses
            if name in names and place in (STUDY, *places_shown)
        )
        data = tuple((name, _data(name, shown.endpoint)) for name in template.data)
        jobs[shown.id] = OutputJob(shown.id, template.kind, shown.row.template, shown.endpoint, rows, data)
    return jobs


def _data(name: str, endpoint: str | None) -> str:
    if name == "adlb" and endpoint:
        return f"results/endpoints/{endpoint}/adlb.csv"
    return DATA[name]


def collect_spec(study: AnyStudy) -> CollectSpec:
    """Return the output of each analysis of each endpoint: where it has the first role, its own, a table.

    In this order of weight; among equals the first of the catalogue.
    """
    found: dict[str, tuple[tuple[int, bool, bool], str]] = {}
    for output in output_jobs(study).values():
        for role, job in output.rows:
            first = TEMPLATES[output.template].TEMPLATE.roles.index(role)
            rank = (first, output.endpoint is None, output.kind == "figure")
            place = f"{job.analysis}.{job.place}"
            if place not in found or rank < found[place][0]:
                found[place] = (rank, output.id)
    return CollectSpec(outputs={place: output for place, (_, output) in found.items()})


def prepared_files(study: AnyStudy) -> list[str]:
    """Return the files of analysis data that analyses, tables and figures are made from."""
    files = ["results/data/adsl.csv"]
    for job in analysis_jobs(study).values():
        files += [*job.records, *(path for _, path in job.tables)]
    files += [path for output in output_jobs(study).values() for _, path in output.data]
    for code in study.endpoints:
        files += [f"results/endpoints/{code}/{name}.csv" for name in ENDPOINT_FILES]
    return list(dict.fromkeys(files))


def traced_tables(study: AnyStudy) -> list[str]:
    """Return the data sets whose rows lead to raw rows."""
    if isinstance(study, AnalysedStudy):
        return []
    left_out = () if study.laboratory else ("adlbsaf",)
    return [f"results/data/{name}.csv" for name in TRACED if name not in left_out]


def design_files(study: AnyStudy) -> list[str]:
    """Return the files of the design stage, where the study has one."""
    names = ("covariates", "weights", "matrix", "balance") if study.design else ()
    return [f"results/design/{name}.csv" for name in names]


def book_files(study: AnyStudy) -> tuple[list[str], list[str]]:
    """Return the books of queries and of row fates that the rooms of the study leave."""
    queries, fates = ANALYSED_BOOKS if isinstance(study, AnalysedStudy) else RAW_BOOKS
    folder = "results/data/books"
    return [f"{folder}/queries_{name}.csv" for name in queries], [
        f"{folder}/accounting_{name}.csv" for name in fates
    ]


def earlier_files(lock: Path, archives: Path) -> list[str]:
    """Return what is read of the archive of the earlier lock that `lock` (lock.json) names, if any."""
    parent = read_json(lock)["parent_lock"]
    if not parent:
        return []
    data = archives / parent / "results" / "data"
    return [path.as_posix() for name in EARLIER_FILES if (path := data / f"{name}.csv").is_file()]


def check_data(study: Any, model: type[AnyStudy]) -> list[str]:
    """Return the outputs and analyses that need data which the study has not."""
    if not issubclass(model, AnalysedStudy):
        return []
    return [
        f"analyses.{name}.method: {analysis.method} needs {table}, which a study of already analysed data "
        f"has not ({OF_RAW_DATA[table]}); leave the analysis out"
        for name, analysis in study.analyses.items()
        for table in analysis.tables()
        if table in OF_RAW_DATA
    ] + [
        f"outputs.{row.id}.template: {row.template} needs data that a study of already analysed data has not "
        f"({OF_RAW_DATA[name]}); leave the output out"
        for row in study.outputs
        if row.template in TEMPLATES
        for name in TEMPLATES[row.template].TEMPLATE.data
        if name in OF_RAW_DATA
    ]


def homa2_files(study: AnyStudy) -> list[str]:
    """Return the calculator's inputs where the study has the section, and its results where named."""
    if study.homa2 is None:
        return []
    names = ["homa2_input", "homa2_lineage"] + ["homa2"] * (study.homa2.results is not None)
    return [f"results/homa2/{name}.csv" for name in names]
