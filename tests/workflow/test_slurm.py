"""A real SLURM of one node does the jobs: the bytes of a local run; failures named; killed jobs done again.

SLURM is that of Debian's packages, started here by root for these tests and stopped after them.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from trial.review.checksums import list_checksums
from trial.study.files import read_json, read_text, write_text

from .conftest import ROOT, STUDIES

pytestmark = pytest.mark.long

CONFIGURATION = Path("/etc/slurm/slurm.conf")
MARK = "# of the tests of the pipeline"
PORTS = (16817, 16818)
COPIED = ("Snakefile", "Makefile", "scripts", "workflow", "environment.yml", "pyproject.toml")
LOCKS = ("requirements.lock", "requirements-slurm.lock")
TRIALS = 10_000
# Seconds for one `make`, on a machine that does other things as well.
PATIENCE = 1800


def sh(*command, **options):
    """Run a command that must succeed and return what it prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def install():
    """Install SLURM where it is not, or skip."""
    if os.getuid() != 0:
        pytest.skip("SLURM's daemons are started by root here, and this is another user")
    if shutil.which("slurmctld") and shutil.which("munged"):
        return
    if not shutil.which("apt-get"):
        pytest.skip("SLURM is not installed, and there is no apt-get to install it")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "slurm-wlm", "munge"]):
        done = subprocess.run(["apt-get", "-q", *command], env=quiet, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"SLURM cannot be installed: {done.stderr.strip()[-300:]}")


def configuration(folder, host):
    """Return the configuration of a cluster of this machine alone, without accounting or cgroups."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return f"""{MARK}
ClusterName=single
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
SlurmctldPort={PORTS[0]}
SlurmdPort={PORTS[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
MpiDefault=none
KillWait=5
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} RealMemory={int(memory * 0.9)} State=UNKNOWN
PartitionName=tests Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def munge():
    """Have munge, which signs SLURM's messages, run; it is ended if it was started here."""
    if subprocess.run(["munge", "-n"], capture_output=True).returncode == 0:
        yield
        return
    Path("/run/munge").mkdir(exist_ok=True)
    for path in ("/run/munge", "/var/log/munge", "/var/lib/munge", "/etc/munge/munge.key"):
        shutil.chown(path, "munge", "munge")
    sh("runuser", "-u", "munge", "--", "/usr/sbin/munged")
    process = int(Path("/run/munge/munged.pid").read_text())
    try:
        yield
    finally:
        os.kill(process, signal.SIGTERM)


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """Start a cluster of this machine; skip where that cannot be."""
    install()
    if CONFIGURATION.is_file() and not CONFIGURATION.read_text().startswith(MARK):
        pytest.skip(f"this machine has a cluster of its own ({CONFIGURATION})")
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    host = sh("hostname", "-s").strip()
    # Jobs do not get SLURM_CONF, and look here.
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(configuration(folder, host))
    version = sh("sinfo", "--version").split()[1]
    cgroup = CONFIGURATION.with_name("cgroup.conf")
    if tuple(map(int, version.split(".")[:2])) >= (23, 11) and not cgroup.exists():
        cgroup.write_text("CgroupPlugin=disabled\n")
    with munge():
        sh("slurmctld")
        sh("slurmd", "-N", host)
        try:
            state = ""
            for _ in range(60):
                state = subprocess.run(
                    ["sinfo", "-h", "-o", "%T"], capture_output=True, text=True
                ).stdout.strip()
                if state == "idle":
                    break
                time.sleep(1)
            else:
                pytest.skip(
                    f"SLURM {version} is installed, but does not start (its node: {state or 'no answer'})"
                )
            print(f"SLURM {version} on {host}, {os.cpu_count()} cores")
            yield
        finally:
            subprocess.run(["scancel", "--me"], capture_output=True)
            for daemon in ("slurmd", "slurmctld"):
                pid = folder / f"{daemon}.pid"
                if pid.is_file():
                    os.kill(int(pid.read_text()), signal.SIGTERM)
            CONFIGURATION.unlink()


@pytest.fixture(scope="module")
def project(tmp_path_factory, slurm):
    """Return a copy of the project, without an environment: `make` prepares one. Its path holds a space."""
    folder = tmp_path_factory.mktemp("on nodes") / "the project"
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    for name in LOCKS:
        shutil.copy(ROOT / name, folder / name)
    return folder


def copy_mini(project, name):
    """Copy the mini study into the project under another name."""
    shutil.copytree(STUDIES / "mini", project / name, ignore=shutil.ignore_patterns("results", ".snakemake"))
    return project / name


def make(project, *arguments, fails=False, **variables):
    """Run make in the project, with variables of the environment, and return what it says."""
    begun = time.time()
    done = subprocess.run(
        ["make", *arguments],
        cwd=project,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    said = done.stdout
    print(
        f"make {' '.join(arguments)}: {time.time() - begun:.0f} s, {submitted(said)} SLURM jobs, exit {done.returncode}"
    )
    assert bool(done.returncode) == fails, said
    return said


def submitted(said):
    """Return how many jobs SLURM was given."""
    return len(re.findall(r"submitted with SLURM jobid", said))


def made(study):
    """Return the hash of every result and of what the jobs stand on; the times of the manifest are left out."""
    specs = {
        str(path.relative_to(study)): read_text(path)
        for path in sorted((study / "results/spec").rglob("*.json"))
    }
    manifest = read_json(study / "results/manifest.json")
    manifest.pop("run")
    return list_checksums(study) | specs | {"manifest": manifest}


@pytest.fixture(scope="module")
def local(project):
    """Run the mini study on this machine, before the environment has the plugin; return what it made."""
    study = copy_mini(project, "local")
    make(project, "results", "STUDY=local")
    assert not list((project / ".venv").glob("lib/*/site-packages/snakemake_executor_plugin_slurm"))
    return made(study)


def test_a_study_has_the_bytes_of_a_local_run(project, local):
    study = copy_mini(project, "mini")
    # What the caller's environment says of kernels and threads reaches the nodes, but not the jobs there: the manifest
    # names the kernels that its job had.
    said = make(
        project, "results", "STUDY=mini", "PROFILE=slurm", OPENBLAS_CORETYPE="Nehalem", OMP_NUM_THREADS="2"
    )
    # 38 jobs of snakemake: data, analyses, tables, figures, report.
    assert 4 <= submitted(said) <= 8, said
    found = made(study)
    assert sorted(found) == sorted(local)
    assert [name for name in found if found[name] != local[name]] == []
    assert "Nothing to be done" in make(project, "results", "STUDY=mini", "PROFILE=slurm")
    assert "Nothing to be done" in make(project, "results", "STUDY=mini")


def test_ten_thousand_simulated_trials_have_the_bytes_of_a_local_run(project, local):
    plan = project / "workflow" / "characteristics.yaml"
    text = plan.read_text(encoding="utf-8")
    whole = yaml.safe_load(text)
    small = whole | {
        "chunk": 250,
        "designs": {"A": whole["designs"]["A"]},
        "effects": {"NONE": whole["effects"]["NONE"]},
        "methods": {"PRIMARY": TRIALS},
    }
    out = project / "results" / "characteristics"
    plan.write_text(yaml.safe_dump(small, allow_unicode=True), encoding="utf-8")
    try:
        make(project, "characteristics")
        here = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        shutil.rmtree(out)
        said = make(project, "characteristics", "PROFILE=slurm")
    finally:
        plan.write_text(text, encoding="utf-8")
    assert submitted(said) == 5, said
    there = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert here == there
    table = (out / "table.csv").read_text(encoding="utf-8").splitlines()
    row = dict(zip(table[0].split(","), table[1].split(","), strict=True))
    assert float(row["TRIALS"]) == TRIALS
    # A test at the 5 % level: four Monte Carlo standard errors of 10,000 trials.
    assert abs(float(row["REJECTED_PCT"]) - 5) < 4 * 0.218


@contextmanager
def planted(path, line):
    """Have a template or method fail or wait while it is used."""
    text = path.read_text(encoding="utf-8")
    head = re.search(r'^def \w+\([^)]*\)[^:]*:\n    """.*?"""\n', text, re.M | re.S)
    path.write_text(f"{text[: head.end()]}    {line}\n{text[head.end() :]}", encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")


def test_a_job_that_fails_is_named_with_its_log_and_takes_no_other_with_it(project, local):
    study = copy_mini(project, "failing")
    with planted(project / "scripts/trial/display/templates/forest.py", 'raise RuntimeError("planted here")'):
        said = make(project, "results", "STUDY=failing", "PROFILE=slurm", fails=True)
    assert "render_figure failed: results/logs/render_figure.f14-2-0-1.log" in said
    assert "planted here" in said
    assert re.search(r"SLURM's log of it: .*slurm_logs/rule_render_figure/f14-2-0-1/\d+\.log", said)
    # Twice with its group, twice by itself, and then never again.
    logs = [
        log for log in (study / ".snakemake/slurm_logs").rglob("*.log") if "planted here" in log.read_text()
    ]
    assert len(logs) == 4
    # The other figures of its group, and the tables, are those of the local run.
    files = [
        f for f in local if f.startswith(("results/tables/", "results/figures/")) and "f14-2-0-1" not in f
    ]
    found = {name: (study / name).is_file() for name in files}
    assert files and all(found.values()), found
    assert not (study / "results/manifest.json").exists()


def wait_for(what, seconds=300):
    """Return what a function gives as soon as it gives something."""
    for _ in range(seconds * 2):
        if found := what():
            return found
        time.sleep(0.5)
    raise AssertionError("waited in vain")


def steps_of(rule):
    """Return the process ids of the programs of a rule that run now."""
    return [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and rule.encode() in _command(path)
    ]


def _command(path):
    try:
        return (path / "cmdline").read_bytes()
    except OSError:
        return b""


def running():
    """Return the SLURM jobs that run."""
    return sh("squeue", "--me", "-h", "-t", "RUNNING", "-o", "%A").split()


def begin(project, *arguments, log):
    """Start make and leave it to itself."""
    with log.open("w") as stream:
        return subprocess.Popen(["make", *arguments], cwd=project, stdout=stream, stderr=stream)


@pytest.mark.parametrize("how", ["scancel", "killed"])
def test_a_job_that_is_killed_is_done_again(project, local, tmp_path, how):
    study = copy_mini(project, how)
    log = tmp_path / "log"
    with begin(project, "results", f"STUDY={how}", "PROFILE=slurm", log=log) as process:
        (job,) = wait_for(running)
        if how == "scancel":
            sh("scancel", job)
        else:  # as the system does where memory is short
            for step in wait_for(lambda: steps_of("--executor\0slurm-jobstep")):
                os.kill(step, signal.SIGKILL)
        assert process.wait(PATIENCE) == 0, log.read_text()
    said = log.read_text()
    print(f"{how}: job {job} was killed; {submitted(said)} SLURM jobs, exit 0")
    assert submitted(said) == 6, said  # one more than without a fault
    assert "Trying to restart job" in said
    found = made(study)
    assert [name for name in local if found.get(name) != local[name]] == []


def test_what_a_killed_run_left_on_nodes_is_cancelled_by_the_next(project, local, tmp_path):
    study = copy_mini(project, "orphans")
    log = tmp_path / "log"
    with planted(project / "scripts/clean_labs.py", "import time; time.sleep(600)"):
        with begin(project, "results", "STUDY=orphans", "PROFILE=slurm", log=log) as process:
            jobs = wait_for(running)
            (starter,) = [
                pid for pid in steps_of("runner/start.py") if b"orphans" in _command(Path(f"/proc/{pid}"))
            ]
            os.kill(starter, signal.SIGKILL)
            process.wait(60)
        assert set(jobs) <= set(running())  # nobody has told them
    said = make(project, "results", "STUDY=orphans", "PROFILE=slurm")
    assert f"An earlier run did not end: its {len(jobs)} jobs on the cluster are cancelled." in said
    found = made(study)
    assert [name for name in local if found.get(name) != local[name]] == []


def test_a_node_with_another_processor_is_refused(project, local, tmp_path):
    # The run began, so the file says, on a machine that is not this node.
    study = copy_mini(project, "elsewhere")
    said = make(project, "results", "STUDY=elsewhere", "PROFILE=slurm")
    note = study / "results/spec/environment.json"
    there = read_json(note)
    write_text(note, read_text(note).replace(there["libc"], "glibc 2.17"))
    done = subprocess.run(
        [
            project / ".venv/bin/python", "-m", "snakemake", "--snakefile", project / "Snakefile", "--mode", "remote",
            "--cores", "1", "--nolock", "--force", "--target-jobs", "collect_books:",
        ],
        cwd=study, capture_output=True, text=True,
    )  # fmt: skip
    assert submitted(said) and done.returncode == 1
    assert "its environment is not that in which this run began" in done.stderr
    assert f"libc: glibc 2.17 then, {there['libc']} now" in done.stderr
