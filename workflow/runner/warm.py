"""The server of a run: known to the shells of the rules.

`make results` starts it, so that it loads its libraries while snakemake reads the rules; it serves all
passes of the run. A snakemake that was started by hand starts its own.
"""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# Process of snakemake, port, word that the server asks for. The environment of a process is seen by its owner
# alone; the port is seen by everybody on the machine.
SERVER = "TRIAL_SERVER"
# The C library keeps the memory of freed arrays for the next ones: to have it from the system anew for each
# of a bootstrap's costs an eighth of its time. Other systems than Linux do not know these names.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "536870912",
    "MALLOC_TRIM_THRESHOLD_": "1073741824",
}


def start(scripts: Path, pinned: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the server, and let the shells and the snakemake that this process starts know of it.

    Parameters
    ----------
    scripts : Path
        The folder of the scripts and of the project's packages.
    pinned : mapping of str to str
        What fixes threads and kernels of the jobs, whatever the environment of this process says.

    Returns
    -------
    Popen
        The server: it ends when nobody holds the other end of its standard input any more.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        os.environ[SERVER] = f"{os.getpid()}:{listener.getsockname()[1]}:{secrets.token_hex()}"
        return subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("server.py")),
                str(listener.fileno()),
                str(scripts),
            ],
            env=os.environ | pinned | KEEP_MEMORY,
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )


def adopt() -> bool:
    """Take over the server of the process that started this one; return whether there is any."""
    process, _, rest = os.environ.get(SERVER, "").partition(":")
    if process != str(os.getppid()):
        return False
    os.environ[SERVER] = f"{os.getpid()}:{rest}"
    return True


def end(server: subprocess.Popen[bytes]) -> None:
    """Let the server end, and wait until it has."""
    if server.stdin:
        server.stdin.close()
    server.wait()
