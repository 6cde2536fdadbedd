"""define.xml of an export: every column and every primary result, nothing else, and the same bytes twice."""

import re
from dataclasses import replace

import pyreadstat
import pytest

from trial.delivery.reading import Result, read_results
from trial.export import adrg, define
from trial.export.define_lists import WhereClauses
from trial.export.define_reading import described_results, identifier
from trial.export.define_results import Display, analysis_results
from trial.export.define_xml import from_text, words
from trial.plan.delivery import delivery_spec
from trial.study.errors import DataError
from trial.study.variables import Codelist
from unit.export.finished_export import datasets_of, make_export, renamed, study_of, write_beside


def written(folder, **given):
    """Write an export with its define.xml and guide; return it and the folder."""
    export = make_export(folder, **given)
    out = folder / "export"
    write_beside(export, out)
    adrg.write(export, out)
    define.write(export, out)
    return export, out


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return written(tmp_path_factory.mktemp("an export"))


@pytest.fixture(scope="module")
def root(whole):
    return from_text((whole[1] / "datasets" / "define.xml").read_text(encoding="utf-8"))


def items_of(root, dataset):
    """Return the items of a data set in the order of their numbers."""
    by_oid = {one.get("OID"): one for one in root.iter("ItemDef")}
    (group,) = [one for one in root.iter("ItemGroupDef") if one.get("Name") == dataset]
    refs = sorted(group.findall("ItemRef"), key=lambda ref: int(ref.get("OrderNumber")))
    return [(ref, by_oid[ref.get("ItemOID")]) for ref in refs]


@pytest.mark.parametrize("name", ["adsl", "adlb"])
def test_every_column_of_a_transport_file_is_described_as_it_is(whole, root, name):
    table, meta = pyreadstat.read_xport(
        whole[1] / "datasets" / f"{name}.xpt", disable_datetime_conversion=True
    )
    found = [item for _, item in items_of(root, name.upper())]
    assert [item.get("Name") for item in found] == list(table.columns) == meta.column_names
    assert [words(item) for item in found] == meta.column_labels
    for item in found:
        column = table[item.get("Name")]
        if item.get("DataType") == "text":
            assert int(item.get("Length")) == max(1, column.map(len).max())
        else:
            assert (item.get("Length"), column.dtype) == ("8", "float64")
    dates = {item.get("Name") for item in found if item.get("def:DisplayFormat") == "DATE9."}
    formats = {name: form or "" for name, form in meta.original_variable_types.items()}
    assert dates == {name for name, form in formats.items() if form.startswith("DATE")} != set()


def test_every_primary_result_is_described_once_and_no_other(whole, root):
    rows = [row for same in read_results(whole[0].results / "ard.csv").values() for row in same]
    primary = [row.id for row in rows if row.analysis == "PRIMARY"]
    assert len(primary) == 8 and len(rows) == 9
    assert sorted(described_results(root)) == sorted(primary)


def test_results_are_grouped_by_what_a_reader_looks_for(root):
    titles = {identifier(one): words(one) for one in root.iter("arm:AnalysisResult")}
    assert titles["AR.HBA1C.PRIMARY.V2.arms"] == "Primary analysis of HbA1c at Week 12: each arm"
    assert titles["AR.HBA1C.PRIMARY.V2.ACT-REF"].endswith("at Week 12: Active minus Reference")
    assert titles["AR.HBA1C.PRIMARY.type_III_tests_of_the_terms"].endswith("type III tests of the terms")
    # The size of a model that was not fitted is a result too.
    assert "AR.HOMAIR.PRIMARY.size_and_fit_of_the_model" in titles
    purposes = {one.get("AnalysisPurpose") for one in root.iter("arm:AnalysisResult")}
    assert purposes == {"PRIMARY OUTCOME MEASURE"}  # no endpoint of this study is declared primary


def test_a_secondary_endpoint_of_the_primary_analysis_is_secondary(tmp_path):
    study = study_of()
    endpoints = dict(study.endpoints)
    endpoints["HBA1C"] = endpoints["HBA1C"].model_copy(update={"primary": True})
    _, out = written(tmp_path, study=study.model_copy(update={"endpoints": endpoints}))
    root = from_text((out / "datasets" / "define.xml").read_text(encoding="utf-8"))
    purposes = {
        (identifier(one).split(".")[1], one.get("AnalysisPurpose")) for one in root.iter("arm:AnalysisResult")
    }
    assert purposes == {("HBA1C", "PRIMARY OUTCOME MEASURE"), ("HOMAIR", "SECONDARY OUTCOME MEASURE")}


def test_the_records_of_a_result_are_selected_as_the_analysis_selects_them(root):
    (clause,) = [one for one in root.iter("def:WhereClauseDef") if one.get("OID") == "WC.PRIMARY.HBA1C"]
    asked = [
        (check.get("def:ItemOID"), check.get("Comparator"), [value.text for value in check])
        for check in clause.findall("RangeCheck")
    ]
    assert asked == [
        ("IT.ADLB.FASFL", "EQ", ["Y"]),
        ("IT.ADLB.PARAMCD", "EQ", ["HBA1C"]),
        ("IT.ADLB.ANL01FL", "EQ", ["Y"]),
        ("IT.ADLB.AVISIT", "IN", ["V1", "V2"]),
    ]
    variables = {
        identifier(result): [one.get("ItemOID") for one in result.iter("arm:AnalysisVariable")]
        for result in root.iter("arm:AnalysisResult")
    }
    mine = ["IT.ADLB.CHG", "IT.ADLB.BASE", "IT.ADLB.AVISIT", "IT.ADLB.TRT01P"]
    assert variables["AR.HBA1C.PRIMARY.V2.ACT-REF"] == mine
    # On the log scale the response is made of the value and its baseline, not of their difference alone.
    assert "IT.ADLB.AVAL" in variables["AR.HOMAIR.PRIMARY.size_and_fit_of_the_model"]


def test_each_parameter_has_an_item_with_its_own_decimals(root):
    refs = {
        ref.get("ItemOID"): ref.find("def:WhereClauseRef").get("WhereClauseOID")
        for held in root.iter("def:ValueListDef")
        for ref in held.findall("ItemRef")
    }
    assert refs == {"IT.ADLB.AVAL.HBA1C": "WC.ADLB.HBA1C", "IT.ADLB.AVAL.HOMAIR": "WC.ADLB.HOMAIR"}
    digits = {one.get("OID"): one.get("SignificantDigits") for one in root.iter("ItemDef")}
    assert digits["IT.ADLB.AVAL.HBA1C"] == "2"  # 8.25
    assert digits["IT.ADLB.AVAL.HOMAIR"] == str(len("6666666666666666"))  # 0.6666666666666666
    assert digits["IT.ADLB.AVAL"] == digits["IT.ADLB.AVAL.HOMAIR"]


def test_keys_lists_and_origins(root):
    keys = {item.get("Name"): ref.get("KeySequence") for ref, item in items_of(root, "ADLB")}
    assert {name: number for name, number in keys.items() if number} == {
        "STUDYID": "1",
        "PARAMCD": "2",
        "USUBJID": "3",
        "ASEQ": "4",
    }
    lists = {
        one.get("OID"): {item.get("CodedValue"): words(item) for item in one} for one in root.iter("CodeList")
    }
    assert lists["CL.ARM"] == {"ACT": "Active", "REF": "Reference"}
    assert lists["CL.AVISITN"] == {"0": "Baseline", "1": "Week 4", "3": "Week 12"}
    assert lists["CL.PARAMN_ADLB"] == {"1": "HbA1c (%)", "4": "HOMA1-IR"}
    origins = {
        item.get("Name"): (item.find("def:Origin").get("Type"), words(item.find("def:Origin")))
        for _, item in items_of(root, "ADLB")
    }
    assert origins["FASFL"] == ("Predecessor", "ADSL.FASFL")
    assert origins["USUBJID"] == ("Predecessor", "ADSL.USUBJID")
    assert origins["CHG"] == ("Derived", "")
    assert origins["LLOQ"][0] == "Collected"


def test_meddra_is_named_where_the_study_declares_it():
    study = study_of("demo").model_copy(update={"dictionaries": {"MedDRA": "23.0"}})
    lists = define.CodeLists(study)
    (adae,) = [one for one in datasets_of(study) if one.name == "ADAE"]
    assert lists.reference(adae, adae.column("AEDECOD")).get("CodeListOID") == "CL.MedDRA"
    assert lists.reference(adae, adae.column("AETERM")) is None
    (held,) = lists.elements
    assert held.find("ExternalCodeList").attrib == {"Dictionary": "MedDRA", "Version": "23.0"}
    assert define.CodeLists(study_of("demo")).reference(adae, adae.column("AEDECOD")) is None


def test_two_exports_have_the_same_bytes_and_the_time_of_the_data_cut(tmp_path, whole):
    _, again = written(tmp_path)
    for name in ("define.xml", "define.html", "adrg.rtf", "adrg.html"):
        assert (again / "datasets" / name).read_bytes() == (whole[1] / "datasets" / name).read_bytes()
    text = (again / "datasets" / "define.xml").read_text(encoding="utf-8")
    assert re.findall(r'CreationDateTime="([^"]*)"', text) == ["2021-06-30T00:00:00"]


@pytest.mark.parametrize(
    ("lock", "context"),
    [
        ({"state": "hard", "synthetic": False}, "Submission"),
        ({"state": "relocked", "synthetic": False}, "Submission"),
        ({"state": "soft", "synthetic": False}, "Other"),
        ({"state": "hard", "synthetic": True}, "Other"),
    ],
)
def test_only_sealed_real_data_are_for_submission(tmp_path, lock, context):
    _, out = written(tmp_path, lock=lock)
    text = (out / "datasets" / "define.xml").read_text(encoding="utf-8")
    assert f'def:Context="{context}"' in text
    assert ("SYNTHETIC" in text) == lock["synthetic"]
    for page in ("define.html", "adrg.html", "adrg.rtf"):
        assert ("SYNTHETIC" in (out / "datasets" / page).read_text(encoding="utf-8")) == lock["synthetic"]


def test_the_lock_is_named(whole, root):
    lock = whole[0].lock
    assert root.find(".//MetaDataVersion").get("Description") == (
        f"Data cut {lock['cut_date']}. Lock: {lock['lock_id']} ({lock['short_hash']}), state {lock['state']}."
    )


def test_texts_that_markup_would_break_come_through(tmp_path):
    study = renamed(study_of(), title='A & B <"script">', sponsor="Đại học")
    _, out = written(tmp_path, study=study)
    root = from_text((out / "datasets" / "define.xml").read_text(encoding="utf-8"))
    assert root.findtext(".//StudyDescription").startswith('A & B <"script">')
    assert root.get("Originator") == "Đại học"
    page = (out / "datasets" / "define.html").read_text(encoding="utf-8")
    assert "A &amp; B &lt;&#34;script&#34;&gt;" in page and '<"script">' not in page


def test_the_page_shows_every_variable_and_result_and_leads_to_files_that_are_there(whole, root):
    page = (whole[1] / "datasets" / "define.html").read_text(encoding="utf-8")
    ids = set(re.findall(r'\bid="([^"]*)"', page))
    shown = [
        *root.iter("ItemDef"),
        *root.iter("MethodDef"),
        *root.iter("CodeList"),
        *root.iter("arm:AnalysisResult"),
    ]
    assert {identifier(one) for one in shown} <= ids
    links = re.findall(r'\b(?:href|src)="([^"]*)"', page)
    assert all(link[1:] in ids for link in links if link.startswith("#"))
    files = {link for link in links if not link.startswith("#")}
    assert files and all((whole[1] / "datasets" / link).is_file() for link in files)
    for name in described_results(root):
        assert name in page


def test_a_primary_analysis_without_an_output_is_refused(tmp_path):
    export = make_export(tmp_path)
    path = export.results / "ard.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("t14-2-4-2", ""), encoding="utf-8")
    with pytest.raises(DataError, match="PRIMARY of HOMAIR"):
        define.read_finished(export.results)


def test_what_a_study_takes_as_given_names_the_column_it_is_from(tmp_path):
    """No method is claimed for it: a comment says what was done where the input has none."""
    _, out = written(tmp_path, study=study_of("analysed"))
    root = from_text((out / "datasets" / "define.xml").read_text(encoding="utf-8"))
    comments = {one.get("OID"): words(one) for one in root.iter("def:CommentDef")}
    found = {item.get("Name"): (ref, item) for ref, item in items_of(root, "ADLB")}
    ref, base = found["BASE"]
    assert words(base.find("def:Origin")) == "Locked input data: ADLB.BASE"
    assert ref.get("MethodOID") is None and "has none" in comments[base.get("def:CommentOID")]
    assert words(found["REASON"][1].find("def:Origin")) == "Locked input data: ADLB.WHY"
    assert found["VISIT"][1].find("def:Origin").get("Type") == "Not Available"
    assert words(found["FASFL"][1].find("def:Origin")) == "ADSL.FASFL"  # of this export
    (item,) = [one for one in root.iter("ItemDef") if one.get("OID") == "IT.ADLB.AVAL.HBA1C"]
    assert item.find("def:Origin").get("Type") == "Predecessor"
    assert "as given" in comments[item.get("def:CommentOID")]


def test_a_primary_analysis_that_a_figure_alone_shows_has_its_picture(tmp_path):
    export, out = make_export(tmp_path), tmp_path / "export"
    path = export.results / "ard.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("t14-2-4-2", "f14-2-4-1"), encoding="utf-8")
    write_beside(export, out)
    adrg.write(export, out)
    define.write(export, out)
    assert sorted(path.name for path in (out / "displays").iterdir()) == [
        "ard.csv",
        "f14-2-4-1.png",
        "t14-2-1-2.rtf",
    ]


def test_events_that_set_records_aside_are_among_the_data():
    """Of the estimand of the analysis and of this endpoint; not where events change nothing."""
    study = study_of("demo")
    spec = delivery_spec(study)
    fields = {
        "method": "mmrm",
        "visit": "M6",
        "group": "CELL",
        "comparison": "",
        "raw": "1",
        "value": 1.0,
        "n": 1.0,
    }

    def of(analysis, endpoint, exported):
        row = Result("id", "t", analysis, statistic="lsmean", endpoint=endpoint, **fields)
        wheres = WhereClauses()
        shown = analysis_results(
            [Display("t", "table", "Table 1", "A title", (row,))],
            spec,
            study,
            {},
            wheres,
            exported,
            "",
            ["a", "b"],
        )
        groups = [one.get("ItemGroupOID") for one in shown.element.iter("arm:AnalysisDataset")]
        asked = [value.text for clause in wheres.elements for value in clause.iter("CheckValue")]
        return groups, asked, " ".join(shown.comments.values())

    groups, asked, said = of("NO_RESCUE", "HBA1C", {"ADICE"})
    assert groups == ["IG.ADLB", "IG.ADSL", "IG.ADICE"] and "set aside" in said
    assert asked[-2:] == ["RESCUE", "DEATH"]  # insulin concerns other endpoints, steroids cytokines alone
    assert of("NO_RESCUE", "TNFA", {"ADICE"})[1][-4:] == ["RESCUE", "DEATH", "STEROID", "INFECTION"]
    groups, _, said = of("NO_RESCUE", "HBA1C", set())
    assert groups == ["IG.ADLB", "IG.ADSL"] and "set aside" not in said
    assert of("PRIMARY", "HBA1C", {"ADICE"})[1][-1:] == ["DEATH"]


def test_a_code_stands_as_the_transport_file_has_it():
    study = study_of("mini")
    adsl = datasets_of(study)[0]
    named = replace(adsl.column("SEX"), codelist=Codelist("OWN", {"Nữ": "Nữ giới"}))
    lists = define.CodeLists(study)
    lists.reference(adsl, named)
    (item,) = lists.elements[0]
    assert item.get("CodedValue") == "Nu" and words(item) == "Nữ giới"
