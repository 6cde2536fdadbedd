"""Run a script in a fork of the run's warm interpreter, or in a new one where there is none.

    python -I -S client.py SOCKET SCRIPT [ARGUMENT ...]

Streams, folder, environment, arguments and exit code are those of an ordinary `python SCRIPT ARGUMENT ...`.
"""

import json
import os
import socket
import sys
from pathlib import Path

KILLED = 137


def main() -> int:
    """Return the exit code of the script."""
    path, *arguments = sys.argv[1:]
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        os.execv(sys.executable, [sys.executable, *arguments])
    job = {"folder": str(Path.cwd()), "environment": dict(os.environ), "arguments": arguments}
    text = json.dumps(job).encode()
    head = f"{len(text)}\n".encode()
    socket.send_fds(connection, [head], [0, 1, 2])
    connection.sendall(text)
    answer = b""
    while part := connection.recv(16):
        answer += part
    if not answer:
        print(f"{arguments[0]}: the process was killed before it ended", file=sys.stderr)
        return KILLED
    return int(answer)


if __name__ == "__main__":
    sys.exit(main())
