"""One interpreter with the libraries and the project loaded; the jobs of a run are done by forks of it.

    python server.py LISTENER SCRIPTS

Importing pandas, matplotlib and the project's own modules costs more than most jobs; here it is paid once in
a run. The modules are those that stood in SCRIPTS when the run began, as the hashes of the rules' code do: a
file edited while a run goes on counts from the next run. A fork does one job after the other, each as a
program of its own with its own folder, log, environment and warnings: what libraries do once (fonts found,
memory taken over) is paid by the first of them. The server and its forks, whatever they are doing, end when
its standard input does, a pipe from snakemake: no job of a killed run goes on writing. Without a server
`script.sh` starts an ordinary interpreter, so nothing depends on it.

LISTENER is the number of a socket that listens on this machine. Whoever connects says how many texts follow,
and these, each ended by a zero: the word that only the run knows (`TRIAL_SERVER`, process:port:word), folder,
log, where to say what the job took, script, arguments. The answer is the exit code and a line feed.
"""

import contextlib
import gc
import importlib
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

# In the order in which the jobs of a run need them: the first are forked while the rest is still loading.
# A name with `.*` stands for every module of a package of the project. `module:function` is called: what
# it does, each job would otherwise do for itself.
MODULES = (
    "pydantic", "yaml", "trial.study.*", "trial.review.*",
    "pandas", "trial.subjects.*", "trial.labs.*", "openpyxl", "trial.endpoints.*", "trial.adam.*",
    "scipy.linalg", "scipy.special", "scipy.stats", "patsy", "mmrm.*", "trial.analysis.*",
    "jinja2", "matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "matplotlib.font_manager", "trial.display.*", "trial.study.base:complete_models",
    "trial.display.pages.html_writer:compile_pages",
)  # fmt: skip
KILLED = 143
# Set by the Snakefile, and read by `script.sh`.
SERVER = "TRIAL_SERVER"
# Where a script says what it took (`trial.study.measured`).
MEASURED = "TRIAL_MEASURED"
# A fork ends after so many jobs, whatever memory they have left behind.
JOBS_OF_A_FORK = 40
# When Python looks for garbage that refers to itself: after so many new objects, and among older ones after
# so many such looks. A job makes little of it and ends soon; the usual 700 cost a twentieth of the time.
LOOK_RARELY = (50_000, 20, 20)


def main() -> None:
    """Listen, and hand each connection to a fork that is free, loading the modules meanwhile."""
    listener, scripts = socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])
    sys.path[0] = str(scripts)
    gc.set_threshold(*LOOK_RARELY)
    # Who stops a run tells snakemake, and that tells its jobs by closing what they hang on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    starter = os.dup(0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    modules = iter([module for name in MODULES for module in expand(name, scripts)])
    loading = True
    free: list[socket.socket] = []
    busy: list[socket.socket] = []
    while True:
        ready = select.select([starter, listener, *busy, *free], [], [], 0 if loading else None)[0]
        if starter in ready:
            break
        sort_forks(ready, free, busy)
        if listener in ready:
            # A fork of a half-loaded interpreter would load the rest again: it does this one job.
            fork = (
                free.pop()
                if free
                else start_fork(1 if loading else JOBS_OF_A_FORK, starter, [listener, *busy])
            )
            hand_over(listener.accept()[0], fork)
            busy.append(fork)
        elif name := next(modules, None):
            with contextlib.suppress(Exception):  # the job that needs it says what is wrong
                load(name)
        elif loading:
            gc.freeze()  # jobs need not look for garbage in the modules
            loading = False


def sort_forks(ready: list[socket.socket], free: list[socket.socket], busy: list[socket.socket]) -> None:
    """Put the forks that say that they are done among the free ones; let go of those that have ended."""
    for fork in [one for one in (*busy, *free) if one in ready]:
        (busy if fork in busy else free).remove(fork)
        said = b""
        with contextlib.suppress(OSError):  # somebody has killed it before it took its job
            said = fork.recv(1)
        if said:
            free.append(fork)
        else:
            fork.close()


def hand_over(connection: socket.socket, fork: socket.socket) -> None:
    """Give a job's connection to a fork; where somebody has killed that, the client says so of its job."""
    with contextlib.suppress(OSError):
        socket.send_fds(fork, [b"j"], [connection.fileno()])
    connection.close()


def load(name: str) -> None:
    """Import a module, and call the function where one is named."""
    module, _, function = name.partition(":")
    found = importlib.import_module(module)
    if function:
        getattr(found, function)()


def expand(name: str, scripts: Path) -> list[str]:
    """Return the modules that a name stands for."""
    if not name.endswith(".*"):
        return [name]
    package = name.removesuffix(".*")
    folder = scripts.joinpath(*package.split("."))
    parts = [file.relative_to(scripts).with_suffix("").parts for file in sorted(folder.rglob("*.py"))]
    return [".".join(part).removesuffix(".__init__") for part in parts]


def start_fork(jobs: int, starter: int, inherited: list[socket.socket]) -> socket.socket:
    """Fork a process that does so many jobs, and return the channel to it."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        for one in (ours, *inherited):
            one.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        put_nothing(0)
        with contextlib.suppress(OSError):  # the server is gone, and with it the run
            work(theirs, jobs, starter)
        os._exit(0)
    theirs.close()
    return ours


def work(channel: socket.socket, jobs: int, starter: int) -> None:
    """Do so many jobs, and say after each but the last that another may come: then the channel closes."""
    environment = dict(os.environ)
    for left in reversed(range(jobs)):
        _, numbers, _, _ = socket.recv_fds(channel, 1, 1)
        if not numbers:
            return
        os.environ.clear()
        os.environ.update(environment)
        job = socket.socket(fileno=numbers[0])
        serve(job, starter, (lambda: channel.send(b"d")) if left else (lambda: 0))


def serve(connection: socket.socket, starter: int, be_free: Callable[[], int]) -> None:
    """Do one job and say how it ended; the next, which may wait then, finds only what libraries remember."""
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(connection, starter, done), daemon=True)
    path, code = list(sys.path), 1
    with contextlib.suppress(OSError), connection:
        texts = read_texts(connection)
        if not texts or texts[0] != os.environ[SERVER].rpartition(":")[2]:
            be_free()
            return
        watcher.start()
        try:
            with warnings.catch_warnings():
                take_over(*texts[1:])
                code = run_script()
        except BaseException:
            traceback.print_exc()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        sys.path[:] = path
        put_nothing(2)  # the log is whole when its reader hears that the job is done
        done.set()
        be_free()
        connection.sendall(b"%d\n" % code)
        connection.shutdown(socket.SHUT_RDWR)
        watcher.join()


def read_texts(connection: socket.socket) -> list[str]:
    """Return the texts that follow on their number; none where it was not `script.sh` that spoke."""
    said = b""
    while True:
        number, *texts, _ = said.split(b"\0") if b"\0" in said else (b"1", b"")
        if not number.isdigit():
            return []
        if len(texts) == int(number):
            return [os.fsdecode(text) for text in texts]
        try:
            part = connection.recv(65536)
        except OSError:
            part = b""
        if not part:
            return []
        said += part


def take_over(folder: str, log: str, measured: str, *arguments: str) -> None:
    """Take folder, log and arguments of a job."""
    os.chdir(folder)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(target, 2)
    os.close(target)
    os.environ[MEASURED] = measured
    sys.argv = list(arguments)
    sys.path[0] = str(Path(arguments[0]).absolute().parent)


def run_script() -> int:
    """Run the script that the arguments name; return its exit code."""
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        print(stop.code, file=sys.stderr)
        return 1
    return 0


def put_nothing(target: int) -> None:
    """Put a stream that leads nowhere in a place: somebody may wait for the end of what is there."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, target)
    os.close(nothing)


def watch(connection: socket.socket, starter: int, done: threading.Event) -> None:
    """End the fork when whoever gave the job or the run is gone before the job is done."""
    with contextlib.suppress(OSError):
        select.select([connection, starter], [], [])
    if not done.is_set():
        os._exit(KILLED)


if __name__ == "__main__":
    main()
