"""Read the study: all problems of `config.yaml` are reported at once, with their keys."""

from typing import Any

from trial.plan.checks import cross_check
from trial.plan.study import Study
from trial.study.load import config_error, parse


def load_study(content: Any, name: str = "config.yaml") -> Study:
    """Return the checked study.

    Parameters
    ----------
    content : mapping
        The parsed configuration (Snakemake's `config` or `read_yaml`).
    name : str
        How error messages call the file.

    Raises
    ------
    ConfigError
        With every problem found, one line each, as dotted key, expectation and finding.
    """
    study = parse(Study, content, name)
    problems = cross_check(study)
    if problems:
        raise config_error(name, problems)
    return study
