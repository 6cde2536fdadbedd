"""Identifiers of a define.xml, and the where clauses of a document, each defined once."""

import re
from collections.abc import Sequence

from trial.export import oids
from trial.export.define_xml import Element, element


def item_oid(dataset: str, variable: str, parameter: str = "") -> str:
    """Return the identifier of a column, or of its values for one parameter."""
    whole = oids.item_oid(dataset, variable)
    return f"{whole}.{parameter}" if parameter else whole


def values_oid(dataset: str, variable: str) -> str:
    """Return the identifier of the list of a column's values by parameter."""
    return f"VL.{dataset}.{variable}"


def list_oid(name: str) -> str:
    """Return the identifier of a code list."""
    return f"CL.{name}"


def method_oid(name: str) -> str:
    """Return the identifier of a method."""
    return f"MT.{name.replace(' ', '_')}"


def comment_oid(name: str) -> str:
    """Return the identifier of a comment."""
    return f"COM.{name}"


def display_oid(output: str) -> str:
    """Return the identifier of a display."""
    return f"RD.{output}"


def result_oid(analysis: str, endpoint: str, part: str) -> str:
    """Return the identifier of an analysis result; `part` may be words."""
    return f"AR.{endpoint or 'study'}.{analysis}.{part.replace(' ', '_')}"


def leaf_id(name: str) -> str:
    """Return the identifier of a file: it must be a name of XML, whatever the file is called."""
    return f"LF.{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}"


class WhereClauses:
    """The selections of records of a document."""

    def __init__(self) -> None:
        self._made: dict[str, Element] = {}

    def add(self, name: str, conditions: Sequence[tuple[str, str, Sequence[str]]]) -> Element:
        """Return a reference to the selection of this name; it is defined with the first.

        Parameters
        ----------
        conditions : sequence of (data set, column, values)
            All hold; a column has one of the values.
        """
        oid = f"WC.{name}"
        if oid not in self._made:
            checks = [
                element(
                    "RangeCheck",
                    {
                        "SoftHard": "Soft",
                        "def:ItemOID": item_oid(dataset, column),
                        "Comparator": "EQ" if len(values) == 1 else "IN",
                    },
                    *(element("CheckValue", None, text=value) for value in values),
                )
                for dataset, column, values in conditions
            ]
            self._made[oid] = element("def:WhereClauseDef", {"OID": oid}, *checks)
        return element("def:WhereClauseRef", {"WhereClauseOID": oid})

    @property
    def elements(self) -> list[Element]:
        """Every selection, in the order in which they were made."""
        return list(self._made.values())
