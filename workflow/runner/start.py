"""Run the whole study: what `make results` calls.

    python -I -S start.py CODE STUDY CORES [OPTION ...]

Where nothing changed since the last whole run, nothing is started. Otherwise snakemake runs everything that
is out of date; the options are further ones of its command line. The exit code is snakemake's.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

import complete

PROFILE = "workflow/profiles/default"


def main() -> int:
    """Return the exit code of the run."""
    code, study, cores, *options = sys.argv[1:]
    if not options and complete.is_complete(code, study):
        print("Nothing to be done: nothing changed since the last whole run.")
        return 0
    before = complete.inputs(code, study)
    ended = run(code, study, cores, options)
    if not ended and not options:
        complete.note(study, before, code)
    return ended


def run(code: str, study: str, cores: str, options: list[str]) -> int:
    """Let snakemake make what is out of date, and return its exit code."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", os.path.join(code, "Snakefile")]  # noqa: PTH118
    command += ["--directory", study, "--cores", cores]
    command += ["--workflow-profile", os.path.join(code, PROFILE), *options]  # noqa: PTH118
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
