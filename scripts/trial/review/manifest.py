"""The manifest: what went in, what ran, what came out, each with its hash."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trial.review.finished import finished_files
from trial.study.files import read_json, sha256_as_written

# The slices of every study: the configuration as it was read, and the environment of the jobs.
CONFIG, ENVIRONMENT = "config.json", "environment.json"
EVERYTHING = "code/everything.json"


def make_manifest(
    lock: dict[str, Any], specs: Path, results: Path, computing: Mapping[str, Any], run: Mapping[str, str]
) -> dict[str, Any]:
    """Return the manifest of a run.

    Configuration, code and environment are those that the jobs stood on: what the Snakefile wrote to `specs`
    when the run began, not what lies in the folders by now.

    Parameters
    ----------
    lock : dict
        Content of `lock.json`.
    specs : Path
        The folder of what the jobs stand on: configuration, slices of it, code, environment.
    results : Path
        The folder of results; every file of a run below it gets its hash.
    computing : mapping
        Libraries and kernels of linear algebra, as this job has them.
    run : mapping
        What may differ between two runs of the same inputs.
    """
    config = read_json(specs / CONFIG)
    slices = [path for path in sorted(specs.glob("*.json")) if path.name not in (CONFIG, ENVIRONMENT)]
    home = results.name
    return {
        "lock": lock,
        "config": {
            "file": {"path": config["path"], "sha256": config["sha256"]},
            "content": config["content"],
            "slices": {f"{home}/spec/{path.name}": sha256_as_written(path) for path in slices},
        },
        "seeds": dict(seeds(config["content"])),
        "code": read_json(specs / EVERYTHING),
        "environment": read_json(specs / ENVIRONMENT) | computing,
        "outputs": {f"{home}/{name}": sha256_as_written(results / name) for name in finished_files(results)},
        "run": dict(run),
    }


def seeds(content: Any, key: str = "") -> Iterator[tuple[str, int]]:
    """Yield every seed of the configuration by its dotted key."""
    parts = content.items() if isinstance(content, Mapping) else enumerate(content)
    for name, value in parts:
        dotted = f"{key}.{name}" if key else str(name)
        if name == "seed" and isinstance(value, int):
            yield dotted, value
        elif isinstance(value, Mapping | list):
            yield from seeds(value, dotted)
