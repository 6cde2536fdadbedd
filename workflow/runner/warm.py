"""The server of a run: started by the process that runs snakemake, and known to the shells of its rules."""

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


def start(scripts: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the server, and let the shells that this process starts know of it.

    Parameters
    ----------
    scripts : Path
        The folder of the scripts and of the project's packages.
    environment : mapping of str to str
        What the jobs find in their environment beside that of this process.

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
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
