"""One interpreter with the libraries and the project loaded; the jobs of a run are done by forks of it.

    python server.py SOCKET SCRIPTS

Importing pandas, matplotlib and the project's own modules costs more than most jobs; here it is paid once in
a run. The modules are those that stood in SCRIPTS when the run began, as the hashes of the rules' code do: a
file edited while a run goes on counts from the next run. A fork does one job after the other, each as a
program of its own with its own streams, folder, environment and warnings: what libraries do once (fonts
found, memory taken over) is paid by the first of them. The server and its forks, whatever they are doing, end
when its standard input does, a pipe from snakemake: no job of a killed run goes on writing. Without a server
`client.py` starts an ordinary interpreter, so nothing depends on it.
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
# A fork ends after so many jobs, whatever memory they have left behind.
JOBS_OF_A_FORK = 40


def main() -> None:
    """Listen, and hand each connection to a fork that is free, loading the modules meanwhile."""
    path, scripts = Path(sys.argv[1]), Path(sys.argv[2])
    sys.path[0] = str(scripts)
    # Who stops a run tells snakemake, and that tells its jobs by closing what they hang on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    starter = os.dup(0)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    modules = iter([module for name in MODULES for module in expand(name, scripts)])
    loading = True
    free: list[socket.socket] = []
    busy: list[socket.socket] = []
    try:
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
    finally:
        path.unlink(missing_ok=True)


def sort_forks(ready: list[socket.socket], free: list[socket.socket], busy: list[socket.socket]) -> None:
    """Put the forks that say that they are done among the free ones; let go of those that have ended."""
    for fork in [one for one in (*busy, *free) if one in ready]:
        (busy if fork in busy else free).remove(fork)
        if fork.recv(1):
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
        with contextlib.suppress(OSError):  # the server is gone, and with it the run
            work(theirs, jobs, starter)
        os._exit(0)
    theirs.close()
    return ours


def work(channel: socket.socket, jobs: int, starter: int) -> None:
    """Do so many jobs, and say after each but the last that another may come: then the channel closes."""
    for left in reversed(range(jobs)):
        _, numbers, _, _ = socket.recv_fds(channel, 1, 1)
        if not numbers:
            return
        serve(socket.socket(fileno=numbers[0]), starter)
        if left:
            channel.send(b"d")


def serve(connection: socket.socket, starter: int) -> None:
    """Do one job and tell its client how it ended; the next finds only what libraries remember."""
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(connection, starter, done), daemon=True)
    path, code = list(sys.path), 1
    try:
        with warnings.catch_warnings():
            take_over(connection)
            watcher.start()
            code = run_script()
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    sys.path[:] = path
    done.set()
    with contextlib.suppress(OSError):
        connection.sendall(str(code).encode())
        connection.shutdown(socket.SHUT_RDWR)
    if watcher.ident:
        watcher.join()
    connection.close()
    let_go()


def take_over(connection: socket.socket) -> None:
    """Take the streams, folder, environment and arguments of a client."""
    head, streams, _, _ = socket.recv_fds(connection, 16, 3)
    size = int(head.split(b"\n", 1)[0])
    text = head.split(b"\n", 1)[1]
    while len(text) < size:
        text += connection.recv(size - len(text))
    folder, number, *rest = map(os.fsdecode, text.split(b"\0"))
    arguments, names = rest[: int(number)], rest[int(number) :]
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(name.split("=", 1) for name in names)
    sys.argv = arguments
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


def let_go() -> None:
    """Hold no stream of a client any longer: somebody may wait for its end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for target in range(3):
        os.dup2(nothing, target)
    os.close(nothing)


def watch(connection: socket.socket, starter: int, done: threading.Event) -> None:
    """End the fork when its client or the run is gone before its job is done."""
    with contextlib.suppress(OSError):
        select.select([connection, starter], [], [])
    if not done.is_set():
        os._exit(KILLED)


if __name__ == "__main__":
    main()
