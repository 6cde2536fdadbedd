"""Pages whose code is run: the blocks of Python in order, and what each prints against the block of text behind it.

    python tests/package/blocks.py PAGE...            # run and compare; the differences end it
    python tests/package/blocks.py --write PAGE...    # put what is printed today into the pages

Needs the standard library and the engine alone: the same pages are run in environments that hold nothing else.
"""

import contextlib
import io
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"```(python|text)\n(.*?)```", re.S)
NUMBER = re.compile(r"-?\d+\.\d+")


def run_blocks(text: str) -> list[tuple[str, str]]:
    """Run the Python of a page in one namespace, in order.

    Parameters
    ----------
    text : str
        The page. A block of text belongs to the Python before it; Python without one must print nothing.

    Returns
    -------
    list of (str, str)
        For each block of Python what the page says it prints, and what it printed.
    """
    space: dict[str, object] = {"__name__": "__page__"}
    found: list[tuple[str, str]] = []
    for kind, body in BLOCK.findall(text):
        if kind == "text":
            said, printed = found.pop()
            assert not said, f"two blocks of text behind one block of Python: {body[:60]!r}"
            found.append((body, printed))
            continue
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            exec(compile(body, "<page>", "exec"), space)
        found.append(("", stream.getvalue()))
    return found


def differences(said: str, printed: str) -> list[str]:
    """Words that differ; numbers with decimals may differ by one in their last digit, which the machine rounds."""
    one, other = said.split(), printed.split()
    if len(one) != len(other):
        return [f"{len(other)} words are printed where the page has {len(one)}:\n{printed}"]
    return [
        f"{b} is printed where the page has {a}" for a, b in zip(one, other, strict=True) if not _same(a, b)
    ]


def _same(one: str, other: str) -> bool:
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    return all(
        abs(float(a) - float(b)) <= 1.01 * 10.0 ** -len(a.partition(".")[2])
        for a, b in zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    )


def write_blocks(text: str) -> str:
    """The page with what its code prints today; a block of text that is to be written has a word in it already."""
    outputs = iter([printed for said, printed in run_blocks(text) if said])

    def write(block: re.Match[str]) -> str:
        lines = next(outputs).splitlines() if block[1] == "text" else []
        return "\n".join(["```text", *(line.rstrip() for line in lines), "```"]) if lines else block[0]

    return BLOCK.sub(write, text)


def main(argv: list[str]) -> None:
    """Run the pages; compare them or write them."""
    write = argv[:1] == ["--write"]
    faults = []
    for name in argv[write:]:
        page = Path(name)
        text = page.read_text(encoding="utf-8")
        if write:
            page.write_text(write_blocks(text), encoding="utf-8")
        else:
            faults += [f"{name}: {fault}" for pair in run_blocks(text) for fault in differences(*pair)]
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main(sys.argv[1:])
