"""The shell every thin script shares: arguments in, exit code out, a message instead of a traceback."""

import argparse
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from trial.study.errors import TrialError
from trial.study.measured import measured


def run(main: Callable[[], None]) -> None:
    """Run `main`; a `TrialError` becomes its message and exit code, other errors keep their traceback.

    An error of another kind is a defect of the program: its traceback is what the maintainers need.
    Where the workflow asks for it, what a program took is written.
    """
    try:
        with measured():
            main()
    except TrialError as error:
        print(f"ERROR {error.text()}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:
        traceback.print_exc()
        print(
            "This is a defect of the pipeline, not of your data; please report the lines above.",
            file=sys.stderr,
        )
        sys.exit(1)


def named_path(text: str) -> tuple[str, Path]:
    """Return the two parts of an argument NAME=PATH."""
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"expected NAME=PATH, found {text!r}")
    return name, Path(path)
