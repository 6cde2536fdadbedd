"""What snakemake says it did or would do, as jobs with their reasons."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

JOB = re.compile(r"^(?:local)?(?:rule|checkpoint) (\w+):$")
LINE = re.compile(r"^    (\w+): (.*)$")
DOCUMENTED = re.compile(r'^ *rule (\w+):\n +"""(.*?)(?:;.*|\.)?(?:"""|\n)', re.M)
# What `reason` may hold, and how each part is called here.
REASONS = {
    "Missing output files": "missing",
    "Updated input files": "changed",
    "Input files updated by another job": "follows",
}


@dataclass(frozen=True, eq=False)
class Job:
    """One job of a dry or real run.

    Attributes
    ----------
    rule : str
    wildcards : mapping of str to str
    files : tuple of str
        What it makes.
    why : mapping of str to tuple of str
        Files by reason: `missing` (of its outputs), `changed` (inputs), `follows` (inputs that other jobs
        make anew); and `other`, sentences of snakemake.
    """

    rule: str
    wildcards: Mapping[str, str]
    files: tuple[str, ...]
    why: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """What it is of: the values of its wildcards."""
        return " ".join(self.wildcards.values())

    @property
    def place(self) -> str:
        """The endpoint (or `study`) that the job is of, where its wildcards name one."""
        return self.wildcards.get("endpoint") or self.wildcards.get("place", "")

    @property
    def output(self) -> str:
        """The table, listing or figure that the job makes, where its wildcards name one."""
        return next(
            (self.wildcards[name] for name in ("table", "figure", "output") if name in self.wildcards), ""
        )


def read_jobs(text: str) -> list[Job]:
    """Return the jobs that snakemake with `--quiet progress` names, in its order; not its last target."""
    jobs: list[Job] = []
    rule, lines = "", dict[str, str]()
    for line in [*text.splitlines(), "end"]:
        if found := LINE.match(line):
            lines[found[1]] = found[2]
            continue
        if rule and "output" in lines:
            jobs.append(_job(rule, lines))
        started = JOB.match(line)
        rule, lines = (started[1] if started else ""), {}
    return jobs


def what_rules_do(folder: Path) -> dict[str, str]:
    """Return the first sentence of each rule's own words."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.smk"))]
    return {name: words for text in texts for name, words in DOCUMENTED.findall(text)}


def _job(rule: str, lines: Mapping[str, str]) -> Job:
    wildcards = dict(pair.split("=", 1) for pair in lines.get("wildcards", "").split(", ") if pair)
    why: dict[str, tuple[str, ...]] = {}
    for key, values in _reasons(lines.get("reason", "")):
        why[key] = (*why.get(key, ()), *values)
    return Job(rule, wildcards, tuple(lines["output"].split(", ")), why)


def _reasons(text: str) -> Iterator[tuple[str, list[str]]]:
    for part in filter(None, text.split("; ")):
        name, _, files = part.partition(": ")
        yield (REASONS[name], files.split(", ")) if name in REASONS else ("other", [part])
