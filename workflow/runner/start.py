"""Run the whole study: what `make results` calls.

    python -I -S start.py CODE STUDY CORES [PROFILE=NAME] [OPTION ...]

Where nothing changed since the last whole run, nothing is started. Otherwise snakemake runs everything that
is out of date; the options are further ones of its command line. Another profile than the default has the
jobs done by a cluster (cluster.py). The exit code is snakemake's. After a run
that was killed, at whatever moment, the next one goes on by itself.

Where there are earlier results, the analysis data are made first, by a pass of their own: what then rests
on data whose content is as before is not made again. In one pass snakemake plans everything behind a job
that runs.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

import complete

PROFILES = "workflow/profiles"
HERE = "default"
# The last file of a whole run, below the study; and the rule that makes the analysis data.
LAST = "results/manifest.json"
PREPARED = "prepared"


def main() -> int:
    """Return the exit code of the run."""
    code, study, cores, *options = sys.argv[1:]
    profile = HERE
    if options and options[0].startswith("PROFILE="):
        profile = options.pop(0).partition("=")[2]
        if known := unknown(code, profile):
            return say(known)
    if not options and complete.is_complete(code, study):
        print("Nothing to be done: nothing changed since the last whole run.")
        return 0
    sys.path.insert(1, os.path.join(code, "scripts"))  # noqa: PTH118
    # Only now: to import these takes as long as to find that nothing is to be done.
    from pathlib import Path

    import cluster
    import leftovers
    import owner
    import warm

    from trial.plan.environment import pinned

    server = None
    try:
        opened, left = owner.take(study)
    except owner.BusyError as error:
        return say(str(error))
    except OSError as error:
        return say(leftovers.unwritable(study, error))
    ended = 1
    try:
        for lines in (cluster.stop_left(study), leftovers.clear(study, left)):
            for line in lines:
                say(line)
        before = complete.inputs(code, study)
        if profile == HERE:
            server = warm.start(Path(os.path.abspath(code), "scripts"), pinned())  # noqa: PTH100
        command = snakemake(code, study, cores, profile)
        ended = run(command, study, profile, options, opened)
        leftovers.shorten_ledger(study)
        if not ended and not options:
            complete.note(study, before, code)
        elif ended and (full := leftovers.full_disk(study)):
            say(full)
    except owner.BusyError as error:
        return say(str(error))
    except OSError as error:
        return say(leftovers.unwritable(study, error))
    finally:
        if server:
            warm.end(server)
        if ended >= 0:  # else snakemake was killed: the next run says so
            owner.leave(opened)
    return ended


def unknown(code: str, profile: str) -> str:
    """Return a line where there is no such profile, else nothing."""
    folder = os.path.join(code, PROFILES)  # noqa: PTH118
    known = sorted(os.listdir(folder))  # noqa: PTH208
    return (
        ""
        if profile in known
        else f"PROFILE={profile}: the profiles are {', '.join(known)}. Nothing was made."
    )


def snakemake(code: str, study: str, cores: str, profile: str) -> list[str]:
    """Return the command of snakemake; how many cores a job on a cluster has says its profile."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", os.path.join(code, "Snakefile")]  # noqa: PTH118
    command += ["--directory", study, *(["--cores", cores] if profile == HERE else [])]
    return [*command, "--workflow-profile", os.path.join(code, PROFILES, profile)]  # noqa: PTH118


def run(command: list[str], study: str, profile: str, options: list[str], opened: int) -> int:
    """Let snakemake make what is out of date, and return its exit code."""
    import child
    import cluster

    passes = [options]
    if not options and os.path.exists(os.path.join(study, LAST)):  # noqa: PTH110, PTH118
        passes.insert(0, [PREPARED])
    ended = 0
    for one in passes:
        if not ended and profile == HERE:
            ended = child.run([*command, *one], opened)
        elif not ended:
            ended = cluster.run([*command, *one], study, opened)
    return ended


def say(line: str) -> int:
    """Tell the reader of the run; return the exit code of a failure."""
    print(line, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
