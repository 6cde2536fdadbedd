"""A job in a fork of the warm interpreter is an ordinary `python script`: streams, folder, arguments, exit code."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

RUNNER = Path(__file__).resolve().parents[3] / "workflow" / "runner"
SCRIPT = """
import os, sys, time
from pathlib import Path
import beside
warm = "trial.display.page" in sys.modules
import trial.display.page
print("out", sys.argv[1:], Path.cwd(), os.environ["GIVEN"], beside.NAME, trial.display.page.NAME, warm, flush=True)
print("err", sys.stdin.read(), file=sys.stderr)
if sys.argv[1] == "raise":
    raise ValueError("a defect")
if sys.argv[1] == "stop":
    sys.exit(3)
if sys.argv[1] == "stain":
    import warnings
    warnings.warn("once", stacklevel=1)
    os.environ["STAIN"] = "x"
    sys.path.insert(0, "/stain")
    print("left", os.getpid())
    os.chdir("/")
if sys.argv[1] == "clean":
    import warnings
    warnings.warn("once", stacklevel=1)
    print("found", os.getpid(), "STAIN" in os.environ, "/stain" in sys.path, "stained" in globals())
stained = True
if sys.argv[1] == "die":
    os.kill(os.getpid(), 9)
if sys.argv[1] == "wait":
    Path("started").touch()
    time.sleep(60)
"""


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


@pytest.fixture
def warm(tmp_path, folder):
    """Start a server that ends with this process, and return its socket."""
    path = tmp_path / "s"
    server = start_server(path, folder)
    until((folder / "trial" / "display" / "loaded").exists)  # the last of the modules, after the broken one
    yield path
    end(server)


def start_server(path, folder):
    command = [sys.executable, RUNNER / "server.py", path, folder]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def end(server):
    """Let the server end, as it does when the process that holds the other end of its input is gone."""
    server.stdin.close()
    server.wait()


def until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("waited for nothing")


def client(socket, folder, *arguments, **options):
    command = [sys.executable, "-I", "-S", RUNNER / "client.py", socket, folder / "job.py", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        input="typed",
        cwd=folder,
        env=os.environ | {"GIVEN": "x"},
        **options,
    )


@pytest.mark.parametrize(("word", "code"), [("end", 0), ("raise", 1), ("stop", 3)])
def test_with_and_without_a_server_a_job_says_the_same(warm, folder, word, code):
    found = client(warm, folder, word, "two words")
    alone = client(folder / "no server", folder, word, "two words")
    assert found.returncode == alone.returncode == code
    assert found.stdout == alone.stdout.replace("False", "True")  # the modules are loaded before the job
    assert found.stdout == f"out ['{word}', 'two words'] {folder} x beside page True\n"
    assert "err typed" in found.stderr
    assert ("ValueError: a defect" in found.stderr) == (word == "raise")


def test_jobs_of_one_fork_find_nothing_of_those_before(warm, folder):
    first, second = client(warm, folder, "stain"), client(warm, folder, "clean")
    words = second.stdout.splitlines()[-1].split()
    assert words[1] == first.stdout.splitlines()[-1].split()[1]  # the same process
    assert words[2:] == ["False", "False", "False"]
    assert str(folder) in second.stdout  # its own folder again
    assert "err typed" in second.stderr  # its own standard input
    assert "UserWarning: once" in first.stderr
    assert "UserWarning: once" in second.stderr


def test_after_many_jobs_a_fork_is_followed_by_another(warm, folder):
    found = [client(warm, folder, "clean").stdout.splitlines()[-1].split()[1] for _ in range(45)]
    assert len(set(found)) == 2
    assert found.count(found[0]) == 40


def test_a_run_is_of_the_modules_that_stood_when_it_began(warm, folder):
    (folder / "trial" / "display" / "page.py").write_text("NAME = 'edited'\n")
    assert " page " in client(warm, folder, "end").stdout
    assert " edited " in client(folder / "no server", folder, "end").stdout


def test_a_job_that_comes_while_modules_are_loading_loads_what_it_needs(tmp_path, folder):
    (folder / "trial" / "display" / "page.py").write_text("import time\ntime.sleep(0.2)\nNAME = 'late'\n")
    path = tmp_path / "s"
    server = start_server(path, folder)
    until(path.exists)
    assert " late " in client(path, folder, "end").stdout
    end(server)


def test_a_job_that_is_killed_is_a_failure(warm, folder):
    found = client(warm, folder, "die")
    assert found.returncode != 0
    assert "was killed before it ended" in found.stderr


@pytest.mark.parametrize("read", [0, 1])
def test_a_server_that_goes_while_it_takes_a_job_is_said_in_one_line(tmp_path, folder, read):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def go():
            connection, _ = listener.accept()
            connection.recv(read)  # what is left unread is a reset connection to the client
            connection.close()

        gone = threading.Thread(target=go)
        gone.start()
        found = client(path, folder, "end")
        gone.join()
    assert found.returncode == 137
    assert found.stderr.splitlines() == [f"{folder / 'job.py'}: the process was killed before it ended"]


def test_a_job_ends_with_its_client(warm, folder):
    command = [sys.executable, "-I", "-S", RUNNER / "client.py", warm, folder / "job.py", "wait"]
    env = os.environ | {"GIVEN": "x"}
    with subprocess.Popen(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        until((folder / "started").exists)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The job held the other end of its standard output: it closes when the job is gone, long before 60 s.
        os.set_blocking(process.stdout.fileno(), False)
        until(lambda: closed(process.stdout))


def closed(stream):
    try:
        while chunk := os.read(stream.fileno(), 1000):
            assert chunk
        return True
    except BlockingIOError:
        return False


def test_the_server_and_the_jobs_of_its_forks_end_with_the_process_that_started_it(tmp_path, folder):
    path = tmp_path / "s"
    starter = (
        "import pathlib, subprocess, sys, os, time\n"
        f"command = [sys.executable, {str(RUNNER / 'server.py')!r}, {str(path)!r}, {str(folder)!r}]\n"
        "server = subprocess.Popen(command, stdin=subprocess.PIPE)\n"
        f"while not pathlib.Path({str(folder / 'started')!r}).exists():\n    time.sleep(0.05)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.Popen([sys.executable, "-c", starter])
    until(path.exists)
    assert "was killed before it ended" in client(path, folder, "wait").stderr  # a job of a minute
    assert killed.wait() == -9
    until(lambda: not path.exists())


def test_a_job_ends_when_the_run_is_gone_though_its_server_was_killed_first(tmp_path, folder):
    path = tmp_path / "s"
    server = start_server(path, folder)
    until(path.exists)
    command = [sys.executable, "-I", "-S", RUNNER / "client.py", path, folder / "job.py", "wait"]
    with subprocess.Popen(command, cwd=folder, env=os.environ | {"GIVEN": "x"}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as job:  # fmt: skip
        until((folder / "started").exists)
        server.kill()
        server.wait()
        assert job.poll() is None  # the run goes on, and so does what it has begun
        server.stdin.close()
        assert b"was killed before it ended" in job.stderr.read()
