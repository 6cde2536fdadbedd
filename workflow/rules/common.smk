"""Names that every rule file uses. No data are read here."""

import os
import re
import threading
from shlex import quote

from trial.analysis.design.config import baselines
from trial.display.registry import TEMPLATES
from trial.plan.code import Closures
from trial.plan.comparisons import set_aside_comparisons
from trial.plan.jobs import (
    POPULATION_TABLES,
    SUBJECT_TABLES,
    agreement_job,
    analysis_jobs,
    book_files,
    design_files,
    earlier_files,
    homa2_files,
    output_jobs,
    traced_tables,
)
from trial.plan.stale import (
    announce,
    measured,
    output_pages,
    set_aside,
    set_aside_export,
)
from trial.trace.shards import shard_names, trace_files

# Jobs run under the interpreter that runs snakemake, and find the scripts wherever the working directory is. Neither
# path is part of a rule, so that a moved checkout or another environment folder does not rerun anything. `script`
# keeps a job's messages in its log and, when it fails, shows them too, however quiet snakemake is. A job is a fork of
# one interpreter that has everything loaded (workflow/runner/server.py), or an interpreter of its own where there
# is none. One thread each: snakemake runs as many jobs at once as there are cores. The same kernels on every machine:
# what the environment of the one who calls says of them does not reach the jobs.
PINNED = ENVIRONMENT_NOW["pinned"]
RUNNER = Path(workflow.basedir) / "workflow" / "runner"
SCRIPTS = Path(workflow.basedir) / "scripts"


def literal(text):
    """Return a text that snakemake looks through for names in braces, so that it finds none."""
    return str(text).replace("{", "{{").replace("}", "}}")


def word(text):
    """Return a text as one word of a shell command."""
    return literal(quote(str(text)))


shell.prefix(
    f"export PATH={word(Path(sys.executable).parent)}:$PATH"
    f" SNAKEMAKE={os.getpid()} SCRIPTS={word(SCRIPTS)}"
    f" {' '.join(f'{name}={word(value)}' for name, value in PINNED.items())};"
    f" . {word(RUNNER / 'script.sh')}; "
)


# The server of the run, where this process starts it: it ends when nobody holds the other end of its standard input.
SERVERS = []
sys.path.append(str(RUNNER))
import checksums
import owner
import warm

checksums.remember()
owner.end_with_starter()


# On a node of a cluster a group of jobs has a server of its own: snakemake runs no hook there, and while it reads rules
# it knows of its jobs only what stands in its command.
if not workflow.is_main_process and "--local-groupid" in sys.argv:
    SERVERS.append(warm.start(SCRIPTS, PINNED))


onstart:
    try:
        owner.hold()
    except owner.BusyError as error:
        raise WorkflowError(str(error))
    if workflow.local_exec and not warm.adopt():
        SERVERS.append(warm.start(SCRIPTS, PINNED))
    jobs = list(workflow.dag.jobs)
    # A run of a part of the study knows a part of its files.
    if "all" in {job.rule.name for job in jobs}:
        clear_away(jobs)


def clear_away(jobs):
    """Move aside, and name, what no job of the study leaves; `jobs`: all that a whole run consists of."""
    files = {str(file) for job in jobs for file in (*job.input, *job.output, *job.log)}
    files |= {measured(log) for job in jobs for log in job.log}
    moved = set_aside(Path("results"), [*files, *output_pages(OUTPUTS)])
    print(*announce(moved), sep="\n", end="\n" if moved else "", file=sys.stderr)
    CLOSURES.keep(files)
    if set_aside_export(Path("results")):
        print(
            "results/export was of earlier results: set aside, make it again",
            file=sys.stderr,
        )
    for name in set_aside_comparisons(Path("results")):
        print(
            f"The comparison with locks/{name} was of another lock: set aside",
            file=sys.stderr,
        )


def end_timers():
    """Stop the threads that would look for further jobs: snakemake would wait for the last of them before it ends."""
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


onsuccess:
    end_timers()


onerror:
    end_timers()


# Absolute, so that `--directory` and `--sdm conda` work from any folder.
ENVIRONMENT = literal(Path(workflow.basedir) / "environment.yml")
CLOSURES = Closures(
    Path("results/spec/code"),
    Path(".snakemake/imports.json"),
    ENVIRONMENT_NOW,
    first=workflow.is_main_process,
)
ANALYSES = analysis_jobs(STUDY)
OUTPUTS = output_jobs(STUDY)
# The endpoints whose baseline values are covariates of the design stage.
BASELINES = baselines(STUDY.design) if STUDY.design else ()
QUERY_BOOKS, FATE_BOOKS = book_files(STUDY)
# The list of all outputs, each with the present lock: what is made of all outputs is made after it.
INDEX = "results/outputs.json"
OUTPUT_FILES = [file for output in OUTPUTS.values() for file in output.files]
# What every study leaves beside its outputs.
COLLECTED = [
    "results/ard.csv",
    "results/records.csv",
    "results/data/adlb.csv",
    "results/data/lineage.csv",
    *design_files(STUDY),
    *homa2_files(STUDY),
]
# The book of the quality of laboratory data, where they are cleaned here.
QUALITY = [] if isinstance(STUDY, AnalysedStudy) else ["results/data/quality.csv"]
# The used laboratory results, where they are cleaned here.
LABS = [] if isinstance(STUDY, AnalysedStudy) else ["results/data/labs.csv"]
# The further files that the first of the review pages leads to.
REPORT_LINKS = [
    "results/ard.csv",
    "results/ard.json",
    "results/records.csv",
    "results/qc/outputs.csv",
    "results/qc/agreement.csv",
    "results/report/tables.rtf",
    "results/lock.json",
]


def alternatives(names):
    """Return the pattern of a wildcard that takes these names and no others."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    endpoint=alternatives(STUDY.endpoints),
    analysis=alternatives(STUDY.analyses),
    place=alternatives([*STUDY.endpoints, "study"]),
    table=alternatives([i for i, job in OUTPUTS.items() if job.kind != "figure"]),
    figure=alternatives([i for i, job in OUTPUTS.items() if job.kind == "figure"]),


def code(script, module=""):
    """Return the file with the hashes of everything a script stands on, made anew when one of them changed."""
    return CLOSURES.write(script, module)


def job_of(wildcards):
    """Return the analysis job of a rule's wildcards."""
    return ANALYSES[wildcards.analysis, wildcards.place]


def endpoint_absence(wildcards):
    """Return what took the rows of the endpoint that an analysis is of."""
    place = wildcards.place
    return f"results/endpoints/{place}/absence.csv" if place in STUDY.endpoints else []


def output_of(wildcards):
    """Return the output that a rule's wildcard names."""
    return OUTPUTS[wildcards.get("table") or wildcards.figure]


def lock_of(wildcards):
    """Return the lock that an output prints; a change of it is no reason to make most outputs anew."""
    template = TEMPLATES[output_of(wildcards).template].TEMPLATE
    return "results/lock.json" if template.reads_lock else ancient("results/lock.json")


def rows_of(wildcards):
    """Return the result rows an output is made of."""
    return [job.file("rows.csv") for _, job in output_of(wildcards).rows]


def records_of(wildcards):
    """Return the records of the analyses an output is made of."""
    return [job.file("record.json") for _, job in output_of(wildcards).rows]


# Every `params` is a function of the input or output files: of such Snakemake remembers nothing, and need not import
# pandas to compare. What they say follows from the files, the slice or the code, which it does compare.
def parts_of(wildcards, input):
    """Return the parts of an output as arguments: role or name, and file."""
    output = output_of(wildcards)
    parts = [("--rows", role, job.file("rows.csv")) for role, job in output.rows]
    parts += [("--records", role, job.file("record.json")) for role, job in output.rows]
    parts += [("--data", name, path) for name, path in output.data]
    return " ".join(
        f"{option} {named_files([(name, path)])}" for option, name, path in parts
    )


def named_files(files):
    """Return pairs of name and file as arguments NAME=PATH."""
    return " ".join(quote(f"{name}={path}") for name, path in files)


def tables_of(wildcards, input):
    """Return the further data sets of an analysis as arguments."""
    return named_files(job_of(wildcards).tables)


def recorded_of(wildcards, input):
    """Return what other analyses recorded, for an analysis that reads it, as arguments."""
    return named_files(job_of(wildcards).recorded)


def caption_of(wildcards, input):
    """Return what the template of an output says of itself, for snakemake's own report."""
    return TEMPLATES[output_of(wildcards).template].__doc__.splitlines()[0]
