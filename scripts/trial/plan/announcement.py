"""What a run would do, in plain words: what changed, which jobs run and why, which endpoints stay."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from trial.plan.forecast import Job
from trial.plan.jobs import output_jobs
from trial.plan.study import AnyStudy
from trial.review.sameness import changed_keys
from trial.study.files import sha256

SPEC, CODE = "results/spec/", "results/spec/code/"
OF_SPEC = {
    "results/spec/config.json": "the configuration changed",
    "results/spec/environment.json": "the environment changed",
    "results/spec/label.json": "the state of the lock changed",
    "results/spec/code/everything.json": "the code changed",
}
# What of a lock follows from its files, which are named one by one.
OF_FILES = ("files", "short_hash", "fingerprint")
SHOWN, GROUPED = 6, 3


def what_changed(manifest: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what changed since the run that a manifest is of, line by line.

    Parameters
    ----------
    manifest : mapping
        Of the last whole run.
    now : mapping
        The same blocks as they are now: `lock`, `config`, `code`, `environment`.
    """
    old, new = manifest["lock"], now["lock"]
    keys = [key for key in changed_keys(old, new) if not key.startswith(OF_FILES)]
    lines = [f"data lock, {key}: {_values(old, new, key)}" for key in keys]
    raw = [{file["path"]: file["sha256"] for file in lock["files"]} for lock in (old, new)]
    lines += [f"raw file {name}: {how}" for name, how in _compare(*raw)]
    old, new = manifest["config"]["content"], now["config"]["content"]
    lines += [f"configuration, {key}: {_values(old, new, key)}" for key in changed_keys(old, new)]
    if manifest["config"]["file"]["sha256"] != now["config"]["sha256"] and old == new:
        lines.append("configuration: its text, but no key (comments, order, spelling)")
    lines += [f"code, {name}: {how}" for name, how in _compare(manifest["code"], now["code"])]
    old, new = manifest["environment"], now["environment"]
    known = {name: old.get(name) for name in new}  # kernels in use are known to a run only
    return lines + [f"environment, {key}: {_values(known, new, key)}" for key in changed_keys(known, new)]


def what_runs(jobs: Sequence[Job], words: Mapping[str, str], specs: tuple[Path, Path]) -> Iterator[str]:
    """Yield each rule that runs with its jobs and their reasons; jobs of the same reason stand together.

    Parameters
    ----------
    jobs : sequence of Job
    words : mapping of str to str
        What each rule does.
    specs : pair of Path
        The study's folder before and after it was read: what in a slice or in the code changed.
    """
    makers = {name: job for job in jobs for name in job.files}
    for rule in _in_order(jobs, makers):
        of_rule = [job for job in jobs if job.rule == rule]
        does = f" ({words[rule][0].lower()}{words[rule][1:]})" if rule in words else ""
        yield f"{rule}{does}: {len(of_rule)} {'jobs' if len(of_rule) > 1 else 'job'}"
        reasons: dict[str, list[str]] = {}
        for job in of_rule:
            reasons.setdefault("; ".join(_why(job, makers, specs)), []).append(job.name)
        for why, names in sorted(reasons.items()):
            yield f"  {_some(sorted(names))}{': ' if any(names) else ''}{why}"


def endpoints_affected(study: AnyStudy, jobs: Sequence[Job]) -> dict[str, list[str]]:
    """Return the endpoints by what happens to them: computed or only drawn anew, or nothing."""
    outputs = output_jobs(study)
    computed = {job.place for job in jobs if job.place}
    drawn = {outputs[job.output].endpoint for job in jobs if job.output in outputs}
    only_drawn = drawn - computed
    return {
        "Endpoints computed anew": [code for code in study.endpoints if code in computed],
        "Endpoints only drawn anew": [code for code in study.endpoints if code in only_drawn],
        "Endpoints not affected": [code for code in study.endpoints if code not in computed | drawn],
    }


def other_files(job: Job, studies: tuple[Path, Path]) -> list[str]:
    """Return the files of a job that ran in the second study and are others than those of the first."""
    return [
        name
        for name in job.files
        if not (studies[0] / name).is_file() or sha256(studies[0] / name) != sha256(studies[1] / name)
    ]


def _why(job: Job, makers: Mapping[str, Job], specs: tuple[Path, Path]) -> Iterator[str]:
    """Yield the reasons of a job in words; `makers`: the job that makes each file."""
    for file in sorted(job.why.get("changed", ())):
        if file in OF_SPEC:
            yield OF_SPEC[file]
        elif file.startswith(SPEC):
            what = "its code changed" if file.startswith(CODE) else "its part of the configuration changed"
            yield what + _inside(*(folder / file for folder in specs))
        else:
            yield "the data lock changed" if file == "results/lock.json" else f"{file} changed"
    if missing := job.why.get("missing"):
        yield f"not there: {_some(sorted(missing))}"
    followed = {makers[name] for name in job.why.get("follows", ()) if name in makers}
    if followed:
        yield f"follows {'; '.join(_grouped(followed))}"
    yield from job.why.get("other", ())


def _grouped(jobs: Collection[Job]) -> Iterator[str]:
    """Yield each rule with the names of its jobs."""
    for rule in sorted({job.rule for job in jobs}):
        names = sorted(job.name for job in jobs if job.rule == rule)
        yield f"{rule} ({len(names)} jobs)" if len(names) > GROUPED else f"{rule} {', '.join(names)}".strip()


def _in_order(jobs: Sequence[Job], makers: Mapping[str, Job]) -> Iterator[str]:
    """Yield the rules of the jobs, each after those whose files it reads."""
    before: dict[str, set[str]] = {rule: set() for rule in sorted({job.rule for job in jobs})}
    for job in jobs:
        before[job.rule] |= {makers[name].rule for name in job.why.get("follows", ()) if name in makers}
    return iter(TopologicalSorter({rule: sorted(found) for rule, found in before.items()}).static_order())


def _inside(before: Path, after: Path) -> str:
    """Return what differs in a small file of results/spec, in brackets; nothing where that is not known."""
    if not (before.is_file() and after.is_file()):
        return ""
    one, two = (json.loads(path.read_text(encoding="utf-8")) for path in (before, after))
    keys = (
        [name for name, _ in _compare(one, two)] if before.parent.name == "code" else changed_keys(one, two)
    )
    return f" ({_some(keys)})" if keys else ""


def _compare(one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each name whose value is new, gone or another, and which of these it is."""
    for name in sorted({*one, *two}):
        if name not in one:
            yield name, "new"
        elif name not in two:
            yield name, "gone"
        elif one[name] != two[name]:
            yield name, "changed"


def _values(one: Any, two: Any, key: str) -> str:
    """Return old and new value of a dotted key, where both are short."""
    texts = [json.dumps(_at(content, key), ensure_ascii=False, default=str) for content in (one, two)]
    return " -> ".join(texts) if max(map(len, texts)) <= 60 else "changed"


def _at(content: Any, key: str) -> Any:
    for name in key.split("."):
        if isinstance(content, list):
            content = content[int(name)]
        elif isinstance(content, Mapping):
            content = content.get(name)
    return content


def _some(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown
