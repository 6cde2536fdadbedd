"""Run the whole study: what `make results` calls.

    python -I -S start.py CODE STUDY CORES [OPTION ...]

Where nothing changed since the last whole run, nothing is started. Otherwise snakemake runs everything that
is out of date; the options are further ones of its command line. The exit code is snakemake's. After a run
that was killed, at whatever moment, the next one goes on by itself.

Where there are earlier results, the analysis data are made first, by a pass of their own: what then rests
on data whose content is as before is not made again. In one pass snakemake plans everything behind a job
that runs.
"""

import os
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
    sys.path.insert(1, os.path.join(code, "scripts"))  # noqa: PTH118
    # Only now: to import these takes as long as to find that nothing is to be done.
    import leftovers
    import owner

    try:
        opened, left = owner.take(study)
    except owner.BusyError as error:
        return say(str(error))
    except OSError as error:
        return say(leftovers.unwritable(study, error))
    ended = 1
    try:
        for line in leftovers.clear(study, left):
            say(line)
        before = complete.inputs(code, study)
        ended = run(code, study, cores, options, opened)
        leftovers.shorten_ledger(study)
        if not ended and not options:
            complete.note(study, before, code)
        elif ended and (full := leftovers.full_disk(study)):
            say(full)
    except OSError as error:
        return say(leftovers.unwritable(study, error))
    finally:
        if ended >= 0:  # else snakemake was killed: the next run says so
            owner.leave(opened)
    return ended


def run(code: str, study: str, cores: str, options: list[str], opened: int) -> int:
    """Let snakemake make what is out of date, and return its exit code."""
    import child

    command = [sys.executable, "-m", "snakemake", "--snakefile", os.path.join(code, "Snakefile")]  # noqa: PTH118
    command += ["--directory", study, "--cores", cores]
    command += ["--workflow-profile", os.path.join(code, PROFILE)]  # noqa: PTH118
    if not options and os.path.exists(os.path.join(study, LAST)):  # noqa: PTH110, PTH118
        ended = child.run([*command, PREPARED], opened)
        if ended:
            return ended
    return child.run([*command, *options], opened)


def say(line: str) -> int:
    """Tell the reader of the run; return the exit code of a failure."""
    print(line, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
