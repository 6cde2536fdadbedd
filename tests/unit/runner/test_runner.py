"""A job in a fork of the warm interpreter is an ordinary `python script`: log, folder, arguments, exit code."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest
from server import sort_forks

RUNNER = Path(__file__).resolve().parents[3] / "workflow" / "runner"
SCRIPT = """
import os, sys, time
from pathlib import Path
import beside
warm = "trial.display.page" in sys.modules
import trial.display.page
def tell(*words):
    print(*words, file=sys.stderr, flush=True)
tell("out", sys.argv[1:], Path.cwd(), os.environ["GIVEN"], beside.NAME, trial.display.page.NAME, warm)
tell("in", repr(sys.stdin.read()))
tell("took", os.environ["TRIAL_MEASURED"])
if sys.argv[1] == "raise":
    raise ValueError("a defect")
if sys.argv[1] == "stop":
    sys.exit(3)
if sys.argv[1] == "stain":
    import warnings
    warnings.warn("once", stacklevel=1)
    os.environ["STAIN"] = "x"
    sys.path.insert(0, "/stain")
    tell("left", os.getpid())
    os.chdir("/")
if sys.argv[1] == "clean":
    import warnings
    warnings.warn("once", stacklevel=1)
    tell("found", os.getpid(), "STAIN" in os.environ, "/stain" in sys.path, "stained" in globals())
stained = True
if sys.argv[1] == "die":
    os.kill(os.getpid(), 9)
if sys.argv[1] == "wait":
    Path("part").write_text(str(os.getpid()))
    Path("part").rename("started")
    time.sleep(60)
"""
LONG = [str(number) for number in range(30_000)]
# What a rule says and what came of it: exit code, standard output and error, the job's log.
Said = namedtuple("Said", "code out err log")


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "a folder"
    place.mkdir()
    (place / "job.py").write_text(SCRIPT)
    (place / "beside.py").write_text("NAME = 'beside'\n")
    package = place / "trial" / "display"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "broken.py").write_text("this is no code\n")
    (package / "page.py").write_text(
        "NAME = 'page'\nfrom pathlib import Path\nPath(__file__).with_name('loaded').touch()\n"
    )
    return place


class Server:
    """A server, started as the Snakefile starts it; `said` is what a rule knows of it."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            self.said = f"7:{self.port}:the word"
            self.process = subprocess.Popen(
                [sys.executable, RUNNER / "server.py", str(listener.fileno()), folder],
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                env=os.environ | {"TRIAL_SERVER": self.said, "GIVEN": "x"},
            )

    def end(self):
        """Let it end, as it does when the process that holds the other end of its input is gone."""
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture
def warm(folder):
    """Start a server that ends with this process, and return what a rule knows of it."""
    server = Server(folder)
    until((folder / "trial" / "display" / "loaded").exists)  # the last of the modules, after the broken one
    yield server.said
    server.end()


def until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("waited for nothing")


def command(folder, *arguments):
    """Return what snakemake runs for a rule whose process is 7."""
    words = [shlex.quote(str(word)) for word in (Path(sys.executable).parent, folder, RUNNER / "script.sh")]
    job = shlex.join(["script", "results/logs/a job.log", "job.py", *arguments])
    text = f"set -euo pipefail; export PATH={words[0]}:$PATH SNAKEMAKE=7 SCRIPTS={words[1]}; . {words[2]}; {job}\n"
    (folder / "results" / "logs").mkdir(parents=True, exist_ok=True)
    (folder / "rule.sh").write_text(text)
    return ["bash", folder / "rule.sh"]


def environment(server):
    return os.environ | {"GIVEN": "x", "TRIAL_SERVER": server}


def run(server, folder, *arguments):
    """Run the job as a rule; where there is a server its standard output is that of the server."""
    done = subprocess.run(
        command(folder, *arguments),
        capture_output=True,
        text=True,
        input="typed",
        cwd=folder,
        env=environment(server),
    )
    log = folder / "results" / "logs" / "a job.log"
    return Said(done.returncode, done.stdout, done.stderr, log.read_text())


def begin(server, folder):
    """Begin a job of a minute."""
    return subprocess.Popen(
        command(folder, "wait"), cwd=folder, env=environment(server), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def told(log, word):
    """Return what the job of a test says in its log after a word."""
    (line,) = [line for line in log.splitlines() if line.startswith(word + " ")]
    return line.removeprefix(word + " ")


@pytest.mark.parametrize(("word", "code"), [("end", 0), ("raise", 1), ("stop", 3)])
def test_with_and_without_a_server_a_job_says_the_same(warm, folder, word, code):
    found, alone = (
        run(warm, folder, word, "two words", "", "a\nb"),
        run("", folder, word, "two words", "", "a\nb"),
    )
    assert found.code == alone.code == code
    assert told(found.log, "out") == told(alone.log, "out").replace(
        "False", "True"
    )  # the modules are loaded before
    assert told(found.log, "out") == f"['{word}', 'two words', '', 'a\\nb'] {folder} x beside page True"
    assert told(found.log, "in") == told(alone.log, "in") == "''"  # nothing is typed to a job
    assert ("ValueError: a defect" in found.log) == (word == "raise")
    assert (found.log in found.err) == (found.log == found.err) == (code != 0)


def test_thousands_of_arguments_arrive(warm, folder):
    assert told(run(warm, folder, "end", *LONG).log, "out") == told(
        run("", folder, "end", *LONG).log, "out"
    ).replace("page False", "page True")


def test_jobs_of_one_fork_find_nothing_of_those_before(warm, folder):
    first, second = run(warm, folder, "stain").log, run(warm, folder, "clean").log
    process, *words = told(second, "found").split()
    assert process == told(first, "left")
    assert words == ["False", "False", "False"]
    assert str(folder) in told(second, "out")  # its own folder again
    assert "UserWarning: once" in first
    assert "UserWarning: once" in second
    assert "left" not in second  # its own log


def test_after_many_jobs_a_fork_is_followed_by_another(warm, folder):
    found = [told(run(warm, folder, "clean").log, "found").split()[0] for _ in range(45)]
    assert len(set(found)) == 2
    assert found.count(found[0]) == 40


def test_a_run_is_of_the_modules_that_stood_when_it_began(warm, folder):
    (folder / "trial" / "display" / "page.py").write_text("NAME = 'edited'\n")
    assert " page " in run(warm, folder, "end").log
    assert " edited " in run("", folder, "end").log


def test_a_job_that_comes_while_modules_are_loading_loads_what_it_needs(folder):
    (folder / "trial" / "display" / "page.py").write_text("import time\ntime.sleep(0.2)\nNAME = 'late'\n")
    server = Server(folder)
    assert " late " in run(server.said, folder, "end").log
    server.end()


def test_a_job_says_where_it_was_told_to_what_it_took(warm, folder):
    for server in (warm, ""):
        assert told(run(server, folder, "end").log, "took") == "results/benchmarks/a job.tsv"


@pytest.mark.parametrize("said", ["8:{port}:the word", "{port}", ""])
def test_a_server_of_another_run_is_not_asked(warm, folder, said):
    port = warm.split(":")[1]
    assert told(run(said.format(port=port), folder, "end").log, "out").endswith("page False")


@pytest.mark.parametrize(
    "said", [b"6\0wrong\0/\0log\0m\0job.py\0end\0", b"GET / HTTP/1.1\r\n\r\n\0", b"6\0the word\0"]
)
def test_who_does_not_know_the_word_is_not_served_and_keeps_nobody(warm, folder, said):
    with socket.create_connection(("127.0.0.1", int(warm.split(":")[1]))) as stranger:
        stranger.sendall(said)
        stranger.shutdown(socket.SHUT_WR)
        assert stranger.recv(100) == b""
    assert run(warm, folder, "end").code == 0
    assert not (folder / "log").exists()


def test_a_log_that_cannot_be_written_is_a_failure(warm, folder):
    (folder / "results" / "logs" / "a job.log").mkdir(parents=True)
    for server in (warm, ""):
        with pytest.raises(IsADirectoryError):  # the job was not run, there is no log to read
            run(server, folder, "end")
        done = subprocess.run(
            command(folder, "end"), capture_output=True, text=True, cwd=folder, env=environment(server)
        )
        assert done.returncode == 1
        assert "a job.log" in done.stderr


def test_a_job_that_is_killed_is_a_failure(warm, folder):
    found = run(warm, folder, "die")
    assert found.code == 137
    assert "was killed before it ended" in found.err


@pytest.mark.parametrize("read", [0, 1])
def test_a_server_that_goes_while_it_takes_a_job_is_said_in_one_line(folder, read):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def go():
            connection, _ = listener.accept()
            connection.recv(read)  # what is left unread is a reset connection to the rule
            connection.close()

        gone = threading.Thread(target=go)
        gone.start()
        found = run(f"7:{listener.getsockname()[1]}:the word", folder, "end", *LONG)
        gone.join()
    assert found.code == 137
    assert found.err.splitlines() == [f"{folder / 'job.py'}: the process was killed before it ended"]


def test_a_job_ends_with_its_rule(warm, folder):
    with begin(warm, folder) as rule:
        until((folder / "started").exists)
        rule.send_signal(signal.SIGKILL)
        rule.wait()
    until(lambda: ended(folder))


def ended(folder):
    """Return whether the job that waits is gone."""
    try:
        os.kill(int((folder / "started").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_the_server_and_the_jobs_of_its_forks_end_with_the_process_that_started_it(folder):
    starter = (
        "import pathlib, subprocess, sys, os, time\n"
        "listener = int(sys.argv[1])\n"
        f"command = [sys.executable, {str(RUNNER / 'server.py')!r}, sys.argv[1], {str(folder)!r}]\n"
        "server = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listener])\n"
        "os.close(listener)\n"
        f"while not pathlib.Path({str(folder / 'started')!r}).exists():\n    time.sleep(0.05)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        killed = subprocess.Popen(
            [sys.executable, "-c", starter, str(listener.fileno())], pass_fds=[listener.fileno()],
            env=environment(f"7:{port}:the word"),
        )  # fmt: skip
    assert "was killed before it ended" in run(f"7:{port}:the word", folder, "wait").err  # a job of a minute
    assert killed.wait() == -9
    until(lambda: refused(port))


def refused(port):
    """Return whether nobody listens any more."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_job_ends_when_the_run_is_gone_though_its_server_was_killed_first(folder):
    server = Server(folder)
    with begin(server.said, folder) as rule:
        until((folder / "started").exists)
        server.process.kill()
        server.process.wait()
        assert rule.poll() is None  # the run goes on, and so does what it has begun
        server.process.stdin.close()
        assert b"was killed before it ended" in rule.stderr.read()


def test_a_fork_that_is_killed_before_it_took_its_job_is_let_go_of():
    ours, theirs = socket.socketpair()
    ours.send(b"j")
    theirs.close()  # what it has not read is a reset connection to the server
    free, busy = [], [ours]
    sort_forks([ours], free, busy)
    assert (free, busy, ours.fileno()) == ([], [], -1)
