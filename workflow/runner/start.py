"""Run the whole study: what `make results` calls.

    python -I -S start.py CODE STUDY CORES [OPTION ...]

Where nothing changed since the last whole run, nothing is started. Otherwise snakemake runs everything that
is out of date; the options are further ones of its command line. The exit code is snakemake's.

Where there are earlier results, the analysis data are made first, by a pass of their own: what then rests
on data whose content is as before is not made again. In one pass snakemake plans everything behind a job
that runs.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

import complete

PROFILE = "workflow/profiles/default"
# The last file of a whole run, below the study; and the rule that makes the analysis data.
LAST = "results/manifest.json"
PREPARED = "prepared"


def main() -> int:
    """Return the exit code of the run."""
    code, study, cores, *options = sys.argv[1:]
    if not options and complete.is_complete(code, study):
        print("Nothing to be done: nothing changed since the last whole run.")
        return 0
    before = complete.inputs(code, study)
    if not options and os.path.exists(os.path.join(study, LAST)):  # noqa: PTH110, PTH118
        ended = run(code, study, cores, [PREPARED])
        if ended:
            return ended
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
