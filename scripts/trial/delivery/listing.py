"""The list of contents: outputs by their section of ICH E3, under each the analyses that are its own."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from trial.delivery.reading import PrintedOutput

Object = dict[str, Any]


def report_order(output_id: str) -> tuple[int, ...]:
    """Return the place of an output in a report of ICH E3: by the numbers of its id."""
    return tuple(int(number) for number in re.findall(r"\d+", output_id))


def contents(outputs: Sequence[PrintedOutput], analyses: Iterable[tuple[str, str, str]]) -> Object:
    """Return the main list of contents.

    Parameters
    ----------
    analyses : triples
        Id and name of each analysis, and the output that is its own.
    """
    own: dict[str, list[tuple[str, str]]] = {}
    for analysis, name, shown in analyses:
        own.setdefault(shown, []).append((analysis, name))
    sections: dict[str, list[PrintedOutput]] = {}
    for output in sorted(outputs, key=lambda one: (_place(one.output.e3), report_order(one.id))):
        sections.setdefault(output.output.e3, []).append(output)
    items = [
        _item(
            f"ICH E3 section {e3}", 1, order, [_output(one, n, own) for n, one in enumerate(found, start=1)]
        )
        for order, (e3, found) in enumerate(sections.items(), start=1)
    ]
    return {"name": "Outputs by section of ICH E3", "contentsList": {"listItems": items}}


def _place(e3: str) -> tuple[int, ...]:
    return tuple(map(int, e3.split(".")))


def _output(output: PrintedOutput, order: int, own: dict[str, list[tuple[str, str]]]) -> Object:
    below = [
        {"name": name, "level": 3, "order": n, "analysisId": analysis}
        for n, (analysis, name) in enumerate(own.get(output.id, []), start=1)
    ]
    return _item(output.entry["number"], 2, order, below) | {
        "label": output.entry["title"],
        "outputId": output.id,
    }


def _item(name: str, level: int, order: int, below: Sequence[Object]) -> Object:
    sublist = {"sublist": {"listItems": list(below)}} if below else {}
    return {"name": name, "level": level, "order": order, **sublist}
