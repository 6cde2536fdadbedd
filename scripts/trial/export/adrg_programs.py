"""Chapters 6 to 8 of the reviewer's guide: conformance, programs, and how everything is run again."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from trial.delivery.config import DeliverySpec
from trial.export import programs
from trial.export.checks.registry import RULES
from trial.export.define_checks import CHECKS
from trial.export.define_sources import read_finished
from trial.export.dependencies import made_by
from trial.export.guide import Paragraph, Part, Section, ToWrite, grid
from trial.study.files import read_columns, read_json
from trial.study.load import read_slice

if TYPE_CHECKING:
    from trial.export.package import Export

# Packages that the results stand on; the others of the environment follow in the appendix.
_ANALYSIS = (
    "numpy",
    "scipy",
    "pandas",
    "patsy",
    "statsmodels",
    "matplotlib",
    "snakemake",
    "pydantic",
    "pyreadstat",
)


def of_conformance(export: "Export") -> Iterator[Section]:
    """Yield chapter 6."""
    yield Section("6", "Data Conformance Summary")
    yield Section("6.1", "Conformance Inputs", tuple(_inputs()))
    yield Section("6.2", "Issues Summary", tuple(_issues(export)))


def _inputs() -> Iterator[Part]:
    yield Paragraph(
        "Each export runs the project's own checks of the data sets and of define.xml, listed here. An "
        "error that nobody explains stops the export; define.xml leaves without any finding, and each "
        "transport file read back equals the data."
    )
    yield grid(
        "Checks of the data sets",
        "Rule|Severity|What holds",
        [(one.id, one.severity, one.text) for one in RULES],
        (1, 1, 8),
    )
    yield grid("Checks of define.xml", "Rule|What holds", list(CHECKS.items()), (1, 8))
    yield ToWrite(
        "the validator that the agency asks for, its version and that of its rules (CDISC's open rules "
        "engine has none for ADaM without a licence), and its findings"
    )


def _issues(export: "Export") -> Iterator[Part]:
    rows = [
        (
            one.dataset, one.variable, f"{one.rule}: {one.text}", one.severity, one.count or "", one.first,
            one.explanation or "no explanation yet",
        )
        for one in export.findings
    ]  # fmt: skip
    headings = "Data set|Variable|Rule|Severity|Records|First|Explanation"
    yield grid("What the checks found", headings, rows, (1, 1, 3, 1, 1, 2, 3))
    open_ones = sum(not one.explanation for one in export.findings)
    if open_ones:
        yield ToWrite(f"the explanation of {open_ones} findings (export.yaml of the study)")


def of_programs(export: "Export") -> Iterator[Section]:
    """Yield chapter 7."""
    yield Section("7", "Submission of Programs")
    intro = Paragraph(
        "The texts of all programs are in programs/, in ASCII and lower case; each names its path in the "
        "project and its SHA-256. A program of scripts/ reads and writes files, and calls the modules "
        "below scripts/trial and scripts/mmrm."
    )
    yield Section("7.1", "ADaM Programs", (intro, _adam_programs(export)))
    yield Section("7.2", "Analysis Output Programs", tuple(_output_programs(export)))
    yield Section("7.3", "Macro Programs", tuple(_modules(export)))


def _adam_programs(export: "Export") -> Part:
    rows = []
    for dataset in export.datasets:
        made, inputs = made_by(export.study, dataset.name)
        texts = ", ".join(programs.file_name(f"scripts/{name}") for name in made)
        rows.append((f"{dataset.name.lower()}.xpt", ", then ".join(made), texts, ", ".join(inputs)))
    return grid("Programs of the data sets", "Output|Program|Text|Inputs", rows, (1, 2, 3, 3))


def _output_programs(export: "Export") -> Iterator[Part]:
    spec = read_slice(export.results / "spec" / "deliver.json", DeliverySpec)
    methods = {name: analysis.method for name, analysis in export.study.analyses.items()}
    yield Paragraph(
        "An analysis is a job of run_analysis.py with the module of its method; an output is a job of "
        "render_output.py with the module of its template, which reads result rows (ard.csv) and, where "
        "it lists records, data sets."
    )
    rows = []
    for output in spec.outputs:
        entry = read_json(export.results / "outputs" / f"{output.id}.json")
        used = ", ".join(f"{name} ({methods[name]})" for name in output.analyses)
        of = " ".join(filter(None, (output.population, output.treatment, output.endpoint)))
        rows.append(
            (entry["number"], entry["title"], f"{output.template}.py", used or "records and books", of)
        )
    headings = "Number|Title|Template|Analyses (method)|Population, treatment, parameter"
    yield grid("Outputs", headings, rows, (1.3, 4, 2, 4, 2))
    templates = {output.template for output in spec.outputs}
    listed = _texts(export, "scripts/trial/display/templates/", templates)
    yield grid("Programs of the templates", "Template|Text", listed, (1, 3))
    listed = _texts(export, "scripts/trial/analysis/methods/", set(methods.values()))
    yield grid("Programs of the methods", "Method|Text", listed, (1, 3))


def _texts(export: "Export", folder: str, names: set[str]) -> list[tuple[str, str]]:
    """Return name and text file of the modules of a folder that a study uses."""
    found = [PurePosixPath(path) for path, _, _ in programs.programs(export) if path.startswith(folder)]
    return [(path.stem, programs.file_name(str(path))) for path in found if path.stem in names]


def _modules(export: "Export") -> Iterator[Part]:
    yield Paragraph("There are no macros. What several programs share are these modules:")
    counts: dict[str, int] = {}
    for path, _, _ in programs.programs(export):
        parts = PurePosixPath(path).parts
        if parts[0] == "scripts" and len(parts) > 2:
            room = "/".join(parts[:2] if parts[1] == "mmrm" else parts[:3])
            counts[room] = counts.get(room, 0) + 1
    yield grid("Modules by folder", "Folder|Texts", list(counts.items()), (3, 1))


def appendix(export: "Export") -> Iterator[Section]:
    """Yield chapter 8."""
    yield Section("8", "Appendix")
    yield Section("8.1", "Software and Third-Party Packages", tuple(_software(export)))
    yield Section("8.2", "Data Lock and Hashes", (_lock(export), _folder()))
    yield Section("8.3", "Running Again", tuple(_again()))
    yield Section("8.4", "Quality Control Findings", tuple(_quality(export)))


def _software(export: "Export") -> Iterator[Part]:
    environment: Any = export.manifest["environment"]
    packages: dict[str, str] = environment["packages"]
    system = [
        ("Python", environment["python"]),
        ("Operating system", export.manifest["run"]["system"]),
        ("C library", environment["libc"]),
        ("Machine", environment["machine"]),
        *(("Linear algebra", one["version"]) for one in environment["blas"]),
    ]
    yield grid("System", "What|Version", system, (1, 4))
    own = [(name, packages[name]) for name in _ANALYSIS if name in packages]
    yield grid("Packages that the results stand on", "Package|Version", own)
    others = "; ".join(f"{name} {version}" for name, version in packages.items() if name not in _ANALYSIS)
    yield Paragraph(f"The other packages of the environment: {others}.")
    yield Paragraph("Every package with its hash stands in programs/requirements_lock.txt.")


def _lock(export: "Export") -> Part:
    lock = export.lock
    rows = [
        ("Lock", f"{lock['lock_id']}, state {lock['state']}"),
        ("Data cut", lock["cut_date"]),
        ("Signed by", "; ".join(lock["signed_by"])),
        ("Fingerprint of the raw files", lock["fingerprint"]),
        ("SHA-256 of the configuration", export.manifest["config"]["file"]["sha256"]),
        ("Files of results in the manifest", len(export.manifest["outputs"])),
    ]
    return grid("Data lock", "What|Value", rows, (1, 3))


def _folder() -> Part:
    rows = [
        ("datasets/", "transport files, define.xml with its page, this guide"),
        ("dataset-json/", "the same data sets as Dataset-JSON"),
        ("displays/", "displays of the primary results; ard.csv, every result in full digits"),
        ("programs/", "texts of the programs and of the configuration"),
        ("findings.csv", "section 6.2 as a table"),
        ("checksums.txt", "SHA-256 of every file"),
    ]
    return grid("Folders of the export", "Folder or file|Content", rows, (1, 3))


def _again() -> Iterator[Part]:
    steps = [
        (
            "make results",
            "in a copy of the project, with the raw files of section 1.4 in data/raw: data sets, "
            "analyses, outputs",
        ),
        ("make verify", "recomputes everything in a clean folder and compares the bytes with results/"),
        ("make export", "writes this export again; the same inputs give the same bytes"),
    ]
    yield grid("Steps", "Command|What it does", steps, (1, 4))


def _quality(export: "Export") -> Iterator[Part]:
    """Yield what the run found: numbers computed twice, outputs compared with each other, questions."""
    rows = []
    for name, what in (
        ("agreement", "Primary analysis computed twice, by code that shares nothing with the engine"),
        ("outputs", "Outputs compared with each other, the results and the data"),
    ):
        rows.append((what, _counted(export.results / "qc" / f"{name}.csv", "verdict")))
    rows.append(("Questions to the site", _counted(export.results / "data" / "queries.csv", "STATUS")))
    yield grid("What the run checked", "Check|Found", rows, (3, 2))
    warned = [
        (name, code, str(text))
        for (name, code), record in read_finished(export.results).recorded.items()
        for text in record.get("warnings") or ()
    ]
    yield grid(
        "Warnings of the primary analysis, as its outputs print them",
        "Analysis|Parameter|Warning",
        warned,
        (1, 1, 6),
    )
    yield ToWrite("who reviewed the programs, how they were validated, and the contact for questions")


def _counted(path: Path, column: str) -> str:
    """Return how often each text stands in a column."""
    found = Counter(read_columns(path, {column: "text"})[column])
    return "; ".join(f"{count} {text}" for text, count in sorted(found.items())) or "none"
