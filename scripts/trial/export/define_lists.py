"""What a define.xml defines with its first use: code lists of columns, selections of records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trial.endpoints.config_plan import collect_adlb_spec
from trial.export.datasets import Column, Exported
from trial.export.define_xml import Element, element, translated
from trial.export.oids import item_oid, list_oid
from trial.export.transliteration import to_ascii

# Columns coded with a dictionary, where the study names it in `dictionaries`.
MEDDRA = ("AEDECOD", "AEBODSYS", "MHDECOD", "MHBODSYS")


class CodeLists:
    """The code lists of a study's export; a list is defined with its first use.

    Parameters
    ----------
    study : Study or AnalysedStudy
    """

    def __init__(self, study: Any) -> None:
        self._study = study
        self._made: dict[str, Element] = {}
        self._terms: dict[str, tuple[tuple[str, str], ...]] = {}
        self._visits = {str(visit.number): visit.label for visit in study.visits}
        self._dictionaries = {
            name.casefold(): (name, version) for name, version in study.dictionaries.items()
        }

    @property
    def elements(self) -> list[Element]:
        """Every list, in the order of their first use."""
        return list(self._made.values())

    def reference(self, dataset: Exported, column: Column) -> Element | None:
        """Return a reference to the list of a column; None where it has none."""
        oid = self._of(dataset, column)
        return element("CodeListRef", {"CodeListOID": oid}) if oid else None

    def _of(self, dataset: Exported, column: Column) -> str:
        if column.name in MEDDRA and "meddra" in self._dictionaries:
            return self._external(*self._dictionaries["meddra"])
        if column.name == "AVISITN":
            return self._listed("AVISITN", "integer", self._visits)
        if column.name == "PARAMN" and (numbers := parameter_numbers(self._study, dataset.name)):
            return self._listed(f"PARAMN_{dataset.name}", "integer", numbers)
        if column.codelist and column.codelist.terms:
            return self._listed(column.codelist.name, "text", column.codelist.terms)
        return ""

    def _listed(self, name: str, kind: str, terms: Mapping[str, str]) -> str:
        """Return the identifier of a list; lists of one name with other terms get a number.

        Codes stand as transport files have them.
        """
        given = tuple(terms.items())
        oid = next((oid for oid in self._names(list_oid(name)) if self._terms.get(oid, given) == given), "")
        if oid not in self._made:
            self._terms[oid] = given
            items = [
                element(
                    "CodeListItem",
                    {"CodedValue": to_ascii(code), "OrderNumber": order},
                    element("Decode", None, translated(text)),
                )
                for order, (code, text) in enumerate(given, start=1)
            ]
            attributes = {
                "OID": oid,
                "Name": oid.removeprefix("CL."),
                "DataType": kind,
                "def:IsNonStandard": "Yes",
            }
            self._made[oid] = element("CodeList", attributes, *items)
        return oid

    @staticmethod
    def _names(oid: str) -> Iterator[str]:
        yield oid
        yield from (f"{oid}.{number}" for number in range(2, 10_000))

    def _external(self, name: str, version: str) -> str:
        oid = list_oid(name)
        if oid not in self._made:
            held = element("ExternalCodeList", {"Dictionary": name, "Version": version})
            self._made[oid] = element("CodeList", {"OID": oid, "Name": name, "DataType": "text"}, held)
        return oid


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


def parameter_numbers(study: Any, dataset: str) -> dict[str, str]:
    """Return the label of each number of a parameter (PARAMN) in a data set."""
    if dataset == "ADLB":
        return {str(one.number): one.param for one in collect_adlb_spec(study).endpoints}
    laboratory = getattr(study, "laboratory", None)
    found = laboratory.parameters if laboratory and dataset == "ADLBSAF" else ()
    return {str(number): one.title for number, one in enumerate(found, start=1)}
