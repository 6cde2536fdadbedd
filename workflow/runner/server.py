"""One interpreter with the libraries and the project loaded; every job of a run is a fork of it.

    python server.py SOCKET PARENT SCRIPTS

Importing pandas, matplotlib and the project's own modules costs more than most jobs; here it is paid once in
a run. The modules are those that stood in SCRIPTS when the run began, as the hashes of the rules' code do: a
file edited while a run goes on counts from the next run. The server ends with the process PARENT (snakemake).
Without a server `client.py` starts an ordinary interpreter, so nothing depends on it.
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
POLL_SECONDS = 1.0
KILLED = 143


def main() -> None:
    """Listen, and fork one process for each connection, loading the modules meanwhile."""
    path, parent, scripts = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    sys.path[0] = str(scripts)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    modules = iter([module for name in MODULES for module in expand(name, scripts)])
    loading = True
    try:
        while os.getppid() == parent:
            if select.select([listener], [], [], 0 if loading else POLL_SECONDS)[0]:
                serve(listener.accept()[0], listener)
            elif name := next(modules, None):
                with contextlib.suppress(Exception):  # the job that needs it says what is wrong
                    load(name)
            elif loading:
                gc.freeze()  # jobs need not look for garbage in the modules
                loading = False
    finally:
        path.unlink(missing_ok=True)


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


def serve(connection: socket.socket, listener: socket.socket) -> None:
    """Fork the process of one job; the server itself goes on at once."""
    if os.fork() == 0:
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = 1
        try:
            code = run_job(connection)
        except BaseException:
            traceback.print_exc()
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        with contextlib.suppress(OSError):
            connection.sendall(str(code).encode())
        os._exit(code)
    connection.close()


def run_job(connection: socket.socket) -> int:
    """Take the client's streams, folder, environment and arguments; run the script; return its exit code."""
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
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(name.split("=", 1) for name in names)
    threading.Thread(target=watch, args=(connection,), daemon=True).start()
    sys.argv = arguments
    sys.path[0] = str(Path(arguments[0]).absolute().parent)
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        print(stop.code, file=sys.stderr)
        return 1
    return 0


def watch(connection: socket.socket) -> None:
    """End the job when its client is gone: a killed run leaves nothing behind that still writes."""
    with contextlib.suppress(OSError):
        connection.recv(1)
    os._exit(KILLED)


if __name__ == "__main__":
    main()
