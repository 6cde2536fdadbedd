"""One interpreter with the libraries loaded; every job of a run is a fork of it.

    python server.py SOCKET PARENT

Importing pandas and matplotlib costs more than most jobs; here it is paid once in a run. Only libraries are
loaded, never a module of the project: each job reads the code as it stands. The server ends with the process
PARENT (snakemake). Without a server `client.py` starts an ordinary interpreter, so nothing depends on it.
"""

import contextlib
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path

LIBRARIES = (
    "numpy", "scipy.linalg", "scipy.special", "scipy.stats", "pandas", "patsy", "pydantic", "yaml", "jinja2",
    "matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "matplotlib.font_manager",
)  # fmt: skip
POLL_SECONDS = 1.0
KILLED = 143


def main() -> None:
    """Listen, load the libraries, and fork one process for each connection."""
    path, parent = Path(sys.argv[1]), int(sys.argv[2])
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(64)
    listener.settimeout(POLL_SECONDS)
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):  # the job that needs it says what is missing
            importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        while os.getppid() == parent:
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                serve(connection, listener)
    finally:
        path.unlink(missing_ok=True)


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
    job = json.loads(text)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    threading.Thread(target=watch, args=(connection,), daemon=True).start()
    script = job["arguments"][0]
    sys.argv = job["arguments"]
    sys.path[0] = str(Path(script).absolute().parent)
    try:
        runpy.run_path(script, run_name="__main__")
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
