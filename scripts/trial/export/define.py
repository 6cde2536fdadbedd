"""define.xml 2.1 with analysis results metadata 1.0 of an export, and its view as a page.

Made of what the export itself is made of: the columns of its data sets (`trial.export.datasets`), the
study's configuration, and the result rows and outputs of the finished run. The document is checked against
the written files before it is left (`define_checks`). Source: Define-XML 2.1.0 and ARM 1.0 (CDISC).
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from trial.export import programs
from trial.export.datasets import is_analysed
from trial.export.define_checks import check_define, refuse
from trial.export.define_lists import CodeLists, WhereClauses
from trial.export.define_methods import Methods
from trial.export.define_reading import DataFile
from trial.export.define_results import PROGRAM, analysis_results
from trial.export.define_sources import (
    DISPLAYS,
    RESULTS,
    Finished,
    copy_displays,
    read_data_file,
    read_finished,
)
from trial.export.define_view import view
from trial.export.define_xml import Element, description, element, references, to_text
from trial.export.dependencies import made_by
from trial.export.files import write_text
from trial.export.oids import (
    comment_oid,
    group_oid,
    item_oid,
    leaf_id,
    metadata_oid,
    method_oid,
    study_oid,
    values_oid,
)
from trial.export.transliteration import to_ascii

if TYPE_CHECKING:
    import pandas as pd

    from trial.export.datasets import Column, Exported
    from trial.export.package import Export

FOLDER, XML, PAGE, GUIDE = "datasets", "define.xml", "define.html", "adrg.rtf"
VERSION = "2.1.0"
ADAMIG, OCCDS = "STD.ADAMIG", "STD.OCCDS"
_GUIDE, _ARD, _PLAN, _PROGRAM = "LF.ADRG", "LF.ARD", "LF.PLAN", "LF.PROGRAM"
# Variables of which a value may stand for one that is not known.
_IMPUTED = ("DTYPE", "ICEDT")
# Whose values a column has, by origin.
_SOURCES = {"Collected": "Investigator", "Derived": "Sponsor", "Assigned": "Sponsor"}
_OCCURRENCE = "OCCURRENCE DATA STRUCTURE"


def write(export: "Export", folder: Path) -> None:
    """Write define.xml and its page beside the data sets, and copy the displays of the primary results.

    Raises
    ------
    DataError
        If a check of the document finds anything.
    """
    finished = read_finished(export.results)
    copy_displays(export.results, finished.displays, folder)
    place = folder / FOLDER
    files = [read_data_file(place / _file(dataset)) for dataset in export.datasets]
    text = define_xml(export, finished, files)
    faults = check_define(text, place, files, {result.id for result in finished.results})
    refuse(faults, f"{FOLDER}/{XML}")
    write_text(place / XML, text)
    write_text(place / PAGE, view(text, export.marks))


def define_xml(export: "Export", finished: Finished, files: Sequence[DataFile]) -> str:
    """Return the document of an export.

    Parameters
    ----------
    finished : Finished
        The primary results.
    files : sequence of DataFile
        The written data sets, in the order of the export: lengths are theirs.
    """
    return to_text(_Document(export, finished, files).root())


def standards(export: "Export") -> dict[str, tuple[str, str]]:
    """Return name and version of each standard of the data sets, by its identifier."""
    found = {ADAMIG: ("ADaMIG", "1.3")}
    if any(dataset.adam_class == _OCCURRENCE for dataset in export.datasets):
        found[OCCDS] = ("ADaM-OCCDSIG", "1.1")
    return found


def _file(dataset: "Exported") -> str:
    return f"{dataset.name.lower()}.xpt"


class _Document:
    """A document in the making."""

    def __init__(self, export: "Export", finished: Finished, files: Sequence[DataFile]) -> None:
        self._export, self._finished = export, finished
        self._files = {file.name: file for file in files}
        self._lists = CodeLists(export.study)
        self._methods = Methods(export.study)
        self._wheres = WhereClauses()
        self._made_methods: dict[str, Element] = {}
        self._comments: dict[str, str] = {}
        self._values: list[Element] = []

    def root(self) -> Element:
        """Return the outermost element."""
        export, study = self._export, self._export.study.study
        final = export.lock["state"] in ("hard", "relocked") and not export.lock.get("synthetic")
        about = ". ".join([study.title, study.design, *export.marks])
        return element(
            "ODM",
            {
                "ODMVersion": "1.3.2",
                "FileType": "Snapshot",
                "FileOID": f"{study.id}.ADaM.{export.lock['lock_id']}",
                "CreationDateTime": export.cut.isoformat(),
                "Originator": study.sponsor,
                "def:Context": "Submission" if final else "Other",
            },
            element(
                "Study",
                {"OID": study_oid(study.id)},
                element(
                    "GlobalVariables",
                    None,
                    element("StudyName", None, text=study.id),
                    element("StudyDescription", None, text=about),
                    element("ProtocolName", None, text=f"{study.id} {study.short_title}".strip()),
                ),
                self._version(),
            ),
        )

    def _version(self) -> Element:
        export = self._export
        lock = export.lock
        groups, items = [], []
        for dataset in export.datasets:
            group, own = self._dataset(dataset)
            groups.append(group)
            items += own
        displays = self._results()
        comments = [
            element("def:CommentDef", {"OID": oid}, description(text)) for oid, text in self._comments.items()
        ]
        return element(
            "MetaDataVersion",
            {
                "OID": metadata_oid(export.study.study.id),
                "Name": f"{export.study.study.id}, analysis data sets",
                "Description": f"Data cut {lock['cut_date']}. Lock: {lock['lock_id']} "
                f"({lock['short_hash']}), state {lock['state']}.",
                "def:DefineVersion": VERSION,
            },
            element("def:Standards", None, *self._standards()),
            element("def:SupplementalDoc", None, *references([_GUIDE])),
            *self._values,
            *self._wheres.elements,
            *groups,
            *items,
            *self._lists.elements,
            *self._made_methods.values(),
            *comments,
            *self._leafs(),
            displays,
        )

    def _standards(self) -> Iterator[Element]:
        for oid, (name, version) in standards(self._export).items():
            yield element(
                "def:Standard",
                {"OID": oid, "Name": name, "Type": "IG", "Version": version, "Status": "Final"},
            )

    def _dataset(self, dataset: "Exported") -> tuple[Element, list[Element]]:
        """Return a data set and its columns, those of single parameters last."""
        refs, items, by_value = [], [], []
        table, file = self._export.tables[dataset.name], self._files[dataset.name]
        lengths = {column.name: column.length for column in file.columns}
        for order, column in enumerate(dataset.columns, start=1):
            listed = self._by_parameter(dataset, column, table)
            by_value += listed
            method = None if listed else self._method(dataset, column)
            refs.append(
                element(
                    "ItemRef",
                    {
                        "ItemOID": item_oid(dataset.name, column.name),
                        "OrderNumber": order,
                        "Mandatory": "Yes" if column.name in dataset.keys else "No",
                        "KeySequence": dataset.keys.index(column.name) + 1
                        if column.name in dataset.keys
                        else None,
                        "MethodOID": method,
                    },
                )
            )
            value_list = values_oid(dataset.name, column.name) if listed else ""
            items.append(self._item(dataset, column, table[column.name], lengths[column.name], value_list))
        occurrence = dataset.adam_class == _OCCURRENCE
        leaf = leaf_id(dataset.name)
        group = element(
            "ItemGroupDef",
            {
                "OID": group_oid(dataset.name),
                "Name": dataset.name,
                "SASDatasetName": dataset.name,
                "Repeating": "No" if dataset.adam_class == "SUBJECT LEVEL ANALYSIS DATASET" else "Yes",
                "IsReferenceData": "No",
                "Purpose": "Analysis",
                "def:Structure": dataset.structure,
                "def:StandardOID": OCCDS if occurrence else ADAMIG,
                "def:ArchiveLocationID": leaf,
            },
            description(to_ascii(dataset.label)),
            *refs,
            element("def:Class", {"Name": dataset.adam_class}),
            _leaf(leaf, _file(dataset), _file(dataset)),
        )
        return group, [*items, *by_value]

    def _item(
        self, dataset: "Exported", column: "Column", values: "pd.Series", length: int, value_list: str
    ) -> Element:
        kind = "integer" if column.type == "date" else column.type
        held = element("def:ValueListRef", {"ValueListOID": value_list}) if value_list else None
        return element(
            "ItemDef",
            {
                "OID": item_oid(dataset.name, column.name),
                "Name": column.name,
                "SASFieldName": column.name,
                "DataType": kind,
                "Length": length,
                "SignificantDigits": _digits(values) if kind == "float" else None,
                "def:DisplayFormat": column.display_format or None,
                "def:CommentOID": self._comment(dataset, column),
            },
            description(to_ascii(column.label)),
            self._lists.reference(dataset, column),
            self._origin(dataset, column),
            held,
        )

    def _origin(self, dataset: "Exported", column: "Column") -> Element:
        adsl = self._export.dataset("ADSL")
        copied = f"ADSL.{column.name}" if dataset.name != "ADSL" and adsl.has(column.name) else ""
        if copied and column.origin in ("Assigned", "Predecessor"):
            return element("def:Origin", {"Type": "Predecessor"}, description(copied))
        if column.origin == "Predecessor" and is_analysed(self._export.study):
            if not column.derivation:  # the inputs have no such column: nothing stands in it
                return element("def:Origin", {"Type": "Not Available"})
            text = f"Locked input data: {column.derivation}"
            return element("def:Origin", {"Type": "Predecessor"}, description(text))
        if column.origin == "Predecessor":
            # No data set of this export: results as the laboratory reported them, after the intake.
            source = {"Type": "Collected", "Source": "Vendor"}
            return element("def:Origin", source, description(column.derivation))
        return element("def:Origin", {"Type": column.origin, "Source": _SOURCES[column.origin]})

    def _told(self, dataset: "Exported", column: "Column") -> str:
        """Return how a column is made, as the configuration decides it, else as it is declared."""
        return self._methods.of(dataset.name, column.source or column.name) or column.derivation

    def _method(self, dataset: "Exported", column: "Column") -> str | None:
        """Return the identifier of the method of a derived column; None where there is none."""
        told = self._told(dataset, column)
        if column.origin != "Derived" or not told:
            return None
        return self._define(dataset, f"{dataset.name}.{column.name}", told, column.name in _IMPUTED)

    def _define(self, dataset: "Exported", name: str, text: str, imputed: bool = False) -> str:
        oid = method_oid(name)
        if oid not in self._made_methods:
            programs, _ = made_by(self._export.study, dataset.name)
            said = f"{text.rstrip('.')}. Program: {', then '.join(programs)}."
            attributes = {"OID": oid, "Name": name, "Type": "Imputation" if imputed else "Computation"}
            self._made_methods[oid] = element("MethodDef", attributes, description(said))
        return oid

    def _comment(self, dataset: "Exported", column: "Column") -> str | None:
        """Return the identifier of what more there is to say of a column that is not derived."""
        if column.origin == "Derived":
            return None
        told = self._methods.of(dataset.name, column.source or column.name)
        if column.origin in ("Assigned", "Collected"):
            told = told or column.derivation
        return self._say(f"{dataset.name}.{column.name}", told) if told else None

    def _say(self, name: str, text: str) -> str:
        oid = comment_oid(name)
        self._comments[oid] = f"{text.rstrip('.')}."
        return oid

    def _by_parameter(self, dataset: "Exported", column: "Column", table: "pd.DataFrame") -> list[Element]:
        """Return the items of AVAL, one for each parameter, and define their list; none of another column."""
        if column.name != "AVAL" or "PARAMCD" not in table:
            return []
        codes = dataset.column("PARAMCD").codelist
        made = [
            self._parameter(
                dataset, column, order, (code, label), table.loc[table["PARAMCD"] == code, "AVAL"]
            )
            for order, (code, label) in enumerate((codes.terms if codes else {}).items(), start=1)
        ]
        refs = [ref for ref, _ in made]
        held = element("def:ValueListDef", {"OID": values_oid(dataset.name, column.name)}, *refs)
        self._values.append(held)
        return [item for _, item in made]

    def _parameter(
        self,
        dataset: "Exported",
        column: "Column",
        order: int,
        parameter: tuple[str, str],
        values: "pd.Series",
    ) -> tuple[Element, Element]:
        """Return the reference to the item of one parameter's values (code and label), and the item."""
        code, label = parameter
        told = self._methods.of_value(dataset.name, code)
        derived = column.origin == "Derived"
        method = self._define(dataset, f"AVAL of {dataset.name} {code}", told) if told and derived else None
        oid = item_oid(dataset.name, column.name, code)
        ref = element(
            "ItemRef",
            {"ItemOID": oid, "OrderNumber": order, "Mandatory": "No", "MethodOID": method},
            self._wheres.add(f"{dataset.name}.{code}", [(dataset.name, "PARAMCD", (code,))]),
        )
        item = element(
            "ItemDef",
            {
                "OID": oid,
                "Name": column.name,
                "SASFieldName": column.name,
                "DataType": column.type,
                "Length": column.length,
                "SignificantDigits": _digits(values),
                "def:CommentOID": None if derived else self._say(f"{dataset.name}.AVAL.{code}", told),
            },
            description(label),
            self._origin(dataset, column),
        )
        return ref, item

    def _results(self) -> Element | None:
        if not self._finished.displays:
            return None
        python = self._export.manifest["environment"]["python"]
        reported = analysis_results(
            self._finished.displays,
            self._finished.spec,
            self._export.study,
            self._finished.recorded,
            self._wheres,
            {dataset.name for dataset in self._export.datasets},
            f"Python ({python})",
            [_PROGRAM, _PLAN, _ARD],
        )
        self._comments |= reported.comments
        return reported.element

    def _leafs(self) -> Iterator[Element]:
        yield _leaf(_GUIDE, GUIDE, "Analysis Data Reviewer's Guide")
        if not self._finished.displays:
            return
        plan = programs.file_name(self._export.manifest["config"]["file"]["path"])
        program = programs.file_name(f"scripts/{PROGRAM}")
        yield _leaf(_PLAN, f"../{programs.FOLDER}/{plan}", "Analysis plan as configured")
        yield _leaf(_PROGRAM, f"../{programs.FOLDER}/{program}", f"Program of the analyses: {PROGRAM}")
        yield _leaf(_ARD, f"../{DISPLAYS}/{RESULTS}", "Every result in full digits, by its id")
        for display in self._finished.displays:
            title = f"{display.number}: {display.title}"
            yield _leaf(leaf_id(display.id), f"../{DISPLAYS}/{display.file}", title)


def _leaf(name: str, href: str, title: str) -> Element:
    return element("def:leaf", {"ID": name, "xlink:href": href}, element("def:title", None, text=title))


def _digits(values: "pd.Series") -> int:
    """Return the decimals of the shortest exact text of the number that needs most."""
    numbers = (Decimal(repr(float(value))).normalize() for value in values.dropna().unique())
    return max((max(0, -int(number.as_tuple().exponent)) for number in numbers), default=0)
