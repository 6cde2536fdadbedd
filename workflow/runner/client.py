"""Run a script in a fork of the run's warm interpreter, or in a new one where there is none.

    python -I -S client.py SOCKET SCRIPT [ARGUMENT ...]

Streams, folder, environment, arguments and exit code are those of an ordinary `python SCRIPT ARGUMENT ...`.
"""

import os
import sys

# Not `socket`, whose enumerations take longer to make than the rest of this program: it is paid by every job.
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket

KILLED = 137


def main() -> int:
    """Return the exit code of the script."""
    path, *arguments = sys.argv[1:]
    connection = socket(AF_UNIX, SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        os.execv(sys.executable, [sys.executable, *arguments])
    # No text of these holds a zero. What is imported to pack them is paid by every job, hence no pathlib.
    folder = os.getcwd()  # noqa: PTH109
    names = [f"{name}={value}" for name, value in os.environ.items()]
    job = b"\0".join(map(os.fsencode, [folder, str(len(arguments)), *arguments, *names]))
    streams = b"".join(stream.to_bytes(4, sys.byteorder) for stream in (0, 1, 2))
    answer = b""
    try:
        connection.sendmsg([b"%d\n" % len(job)], [(SOL_SOCKET, SCM_RIGHTS, streams)])
        connection.sendall(job)
        while part := connection.recv(16):
            answer += part
    except OSError:  # killed before it had read all, or before it had ended
        pass
    if not answer:
        print(f"{arguments[0]}: the process was killed before it ended", file=sys.stderr)
        return KILLED
    return int(answer)


if __name__ == "__main__":
    sys.exit(main())
