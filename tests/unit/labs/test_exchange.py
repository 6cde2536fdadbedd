"""SAS, Dataset-JSON, FHIR, the insurance envelope, HL7 and REDCap in detail."""

import gzip
import json
import zlib
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.layouts.hl7 import parse_messages
from trial.labs.layouts.xml4_envelope import open_envelope
from trial.labs.rules import OTHER_MESSAGE
from trial.labs.sas import special_missing
from trial.study.errors import DataError
from unit.labs import truth as truth_of
from unit.labs.exchange import FHIR_WORDS, MESSAGE, STUDY_ID, dataset_json, element, envelope
from unit.labs.truth import Dialect, base_source, make_spec, words

PEOPLE = {"S-001", "S-002"}
ROW = ["X", "S-001", "GLUC", "5.6", "mmol/L", "2019-05-20T07:30", "A1"]


def source(layout="sdtm", files=("x",), **entries):
    return base_source(Dialect(date="ISO", decimal="."), layout=layout, files=list(files), **(entries))


def clean_source(folder, **entries):
    return clean(make_spec(source(**entries)), raw_of(folder), truth_of.key(), PEOPLE)


def refusal(folder, **entries):
    with pytest.raises(DataError) as caught:
        clean_source(folder, **entries)
    return caught.value.text()


# ---- SAS

COLUMNS = {
    "subject": "USUBJID",
    "analyte": "TEST",
    "result": "AVAL",
    "unit": "UNIT",
    "collected": "ADT",
    "collected_time": "ATM",
}
SAS = {
    "layout": "long",
    "files": ["lb.xpt"],
    "columns": COLUMNS,
    "subject": STUDY_ID,
    "table": {"type": "sas", "encoding": "utf-8"},
}


def write_xpt(folder, formats=None, **columns):
    usual = {"USUBJID": ["S-001", "S-002"], "TEST": ["GLUC", "GLUC"], "AVAL": [5.6, 7.25], "UNIT": ["mmol/L"] * 2,
             "ADT": [21689.0, 22000.0], "ATM": [27000.0, np.nan]}  # fmt: skip
    frame = pd.DataFrame(usual | columns)
    pyreadstat.write_xport(frame, str(folder / "lb.xpt"), table_name="LB", file_format_version=5,
                           variable_format=formats or {"ADT": "DATE9.", "ATM": "TIME5."})  # fmt: skip
    return folder / "lb.xpt"


def test_numbers_of_sas_are_dates_by_their_format(tmp_path):
    """Day 22000 is 26 March 2020 (days since 1960); a reader that took 1970 would be ten years late."""
    write_xpt(tmp_path)
    labs = clean_source(
        tmp_path,
        **SAS
        | {
            "dates": {
                "formats": ["ISO"],
                "zone": "+07:00",
                "earliest": date(2019, 1, 1),
                "latest": date(2020, 12, 31),
            }
        },
    ).labs
    assert list(labs["COLLECTED"]) == ["2019-05-20T07:30", "2020-03-26"]
    assert list(labs["VALUE"]) == [5.6, 7.25]
    assert list(labs["VALUE_RAW"]) == ["5.6", "7.25"]


def test_a_datetime_of_sas_is_seconds(tmp_path):
    write_xpt(tmp_path, {"ADT": "DATETIME20."}, ADT=[21689.0 * 86400 + 27000, 22000.0 * 86400], ATM=["", ""])
    labs = clean_source(tmp_path, **SAS).labs
    assert list(labs["COLLECTED"]) == ["2019-05-20T07:30", "2020-03-26T00:00"]


def test_a_zero_of_sas_stays_a_zero(tmp_path):
    """pandas reads it as 5.4e-79."""
    write_xpt(tmp_path, AVAL=[0.0, 7.25])
    assert list(clean_source(tmp_path, **SAS).accounting["RULE"]) == ["ZERO_RESULT", ""]


def patch_missing(path, code: bytes) -> None:
    """Replace the second result, 7.25 as an IBM number, by a special missing value."""
    data = path.read_bytes()
    assert data.count(bytes.fromhex("4174000000000000")) == 1
    path.write_bytes(data.replace(bytes.fromhex("4174000000000000"), code + bytes(7)))


def test_special_missing_values_are_declared_or_refused(tmp_path):
    """All readers turn `.A` into one missing value: a `not done` of the site would be lost."""
    patch_missing(write_xpt(tmp_path), b"A")
    assert special_missing((tmp_path / "lb.xpt").read_bytes()) == {(1, "AVAL"): ".A"}
    assert "variable AVAL: it holds the special missing value .A" in refusal(tmp_path, **SAS)
    table = {"type": "sas", "encoding": "utf-8", "special_missing": {".A": "not done"}}
    cleaned = clean_source(tmp_path, **SAS | {"table": table})
    assert list(cleaned.accounting["RULE"]) == ["", "MISSING_RESULT"]


def test_the_usual_missing_value_is_an_empty_cell(tmp_path):
    patch_missing(write_xpt(tmp_path), b".")
    assert list(clean_source(tmp_path, **SAS).accounting["RULE"]) == ["", "EMPTY_RESULT"]


def test_text_of_a_transport_file_is_in_the_declared_encoding(tmp_path):
    """pyreadstat shifts the names of the columns when it is told cp1258."""
    path = write_xpt(tmp_path, TEST=["GLUC", "XXXX"])
    path.write_bytes(
        path.read_bytes().replace(b"XXXX", "Đườ".encode("cp1252", "ignore") + bytes.fromhex("d0f5f5cc")[:4])
    )
    cleaned = clean_source(tmp_path, **SAS | {"table": {"type": "sas", "encoding": "windows-1258"}})
    asked = cleaned.queries[cleaned.queries["RULE"] == "UNKNOWN_ANALYTE"]["FOUND"].iloc[0]
    assert bytes.fromhex("d0f5f5cc").decode("cp1258")[0] in asked
    assert "variable TEST: text that is not utf-8" in refusal(tmp_path, **SAS)


def test_what_is_no_single_sas_data_set_is_refused(tmp_path):
    path = write_xpt(tmp_path)
    whole = path.read_bytes()
    assert "does not say" in refusal(tmp_path, **SAS | {"table": {"type": "sas", "encoding": None}})
    path.write_bytes(whole + whole[240:])
    assert "holds 2 data sets" in refusal(tmp_path, **SAS)
    path.write_bytes(b"not a data set")
    assert "declare null" in refusal(tmp_path, **SAS)
    assert "not a SAS data set" in refusal(tmp_path, **SAS | {"table": {"type": "sas", "encoding": None}})
    path.write_bytes(whole[:700])
    assert "lb.xpt" in refusal(tmp_path, **SAS)


class Copied(bytes):
    """Bytes that count how many of them slices copy."""

    copied = 0

    def __getitem__(self, key):
        found = super().__getitem__(key)
        Copied.copied += len(found) if isinstance(key, slice) else 1
        return found


def test_the_search_for_special_missing_values_does_not_copy_the_file_for_each_cell(tmp_path):
    numbers = np.arange(3000.0)
    frame = pd.DataFrame({"ONE": numbers, "TWO": -numbers, "TEXT": "A"})
    pyreadstat.write_xport(frame, str(tmp_path / "big.xpt"), file_format_version=5)
    data = Copied((tmp_path / "big.xpt").read_bytes())
    assert special_missing(data) == {}
    # A text A and blanks, or the number 65, is no special missing value; nor is a file read 9,000 times.
    assert Copied.copied < len(data)


def test_a_sas7bdat_says_its_encoding_and_gives_letters_for_special_missing_values(tmp_path, monkeypatch):
    """Nothing writes a .sas7bdat: what its reader gives for one is handed over as it gives it."""
    (tmp_path / "lb.xpt").write_bytes(b"a sas7bdat")
    frame = pd.DataFrame({"USUBJID": ["S-001", "S-002"], "TEST": ["GLUC", "A"], "AVAL": [5.6, "A"], "UNIT": ["mmol/L"] * 2,
                          "ADT": [21689.0, 22000.0], "ATM": [27000.0, np.nan]})  # fmt: skip
    formats = {
        "USUBJID": "$5",
        "TEST": None,
        "AVAL": "BEST12",
        "UNIT": "$6",
        "ADT": "YYMMDD10",
        "ATM": "TIME8",
    }
    kinds = {name: "double" if name in ("AVAL", "ADT", "ATM") else "string" for name in frame}
    meta = SimpleNamespace(original_variable_types=formats, readstat_variable_types=kinds)
    monkeypatch.setattr(pyreadstat, "read_sas7bdat", lambda *_, **__: (frame, meta))
    table = {"type": "sas", "encoding": None}
    assert "the special missing value .A" in refusal(tmp_path, **SAS | {"table": table})
    cleaned = clean_source(tmp_path, **SAS | {"table": table | {"special_missing": {".A": "not done"}}})
    assert list(cleaned.accounting["RULE"]) == ["", "UNKNOWN_ANALYTE"]
    assert list(cleaned.labs["COLLECTED"]) == ["2019-05-20T07:30"]


# ---- Dataset-JSON

JSON = {
    "files": ["lb.json"],
    "subject": STUDY_ID,
    "table": {"type": "dataset-json"},
    "columns": {"accession": "LBREFID"},
}


def write_json(folder, rows, meta=None, kinds=None, pack=None):
    head, rows = dataset_json(rows)
    for column in head["columns"]:
        column["dataType"] = (kinds or {}).get(column["name"], "string")
    whole = json.dumps(head | {"rows": rows} | (meta or {})).encode()
    if pack:
        whole = pack("".join(json.dumps(item) + "\n" for item in [head | (meta or {}), *rows]).encode())
    (folder / "lb.json").write_bytes(whole)


@pytest.mark.parametrize(
    ("kind", "value", "printed"),
    [("decimal", "5.60", "5.60"), ("decimal", "1,005.60", "1005.60"), ("float", 5.6, "5.6"), ("integer", 7, "7"), ("string", "<0.5", "<0.5"), ("float", 8.1, "8.1")],
)  # fmt: skip
def test_cells_of_dataset_json_keep_their_digits(kind, value, printed, tmp_path):
    write_json(tmp_path, [[*ROW[:3], value, *ROW[4:]]], kinds={"LBORRES": kind})
    cleaned = clean_source(tmp_path, **JSON)
    shown = list(cleaned.labs["VALUE_RAW"]) or [cleaned.queries["FOUND"].iloc[0].split(" ")[0]]
    assert shown == [printed]


@pytest.mark.parametrize("pack", [None, bytes, zlib.compress, gzip.compress])
@pytest.mark.parametrize("empty", [None, ""])
def test_all_forms_of_dataset_json_are_read(pack, empty, tmp_path):
    """A .dsjc is a zlib stream by the specification, and gzip in CDISC's own examples."""
    write_json(
        tmp_path, [ROW, ["X", "S-002", "GLUC", empty, *ROW[4:]]], kinds={"LBORRES": "decimal"}, pack=pack
    )
    cleaned = clean_source(tmp_path, **JSON)
    assert list(cleaned.accounting["RULE"]) == ["", "EMPTY_RESULT"]
    assert list(cleaned.accounting["ROW"]) == ["2", "3"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "not JSON"), (b"[1]", "not a data set"), (b'{"records": 0}', "no 'columns'"), (b"\xff\xfe", "not UTF-8"),
        (b"\x78\xda\x00", "incomplete"), (b"\x1f\x8b\x08junkjunk", "damaged"), (b"", "not JSON"), (b"[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_dataset_json_is_refused(data, words, tmp_path):
    (tmp_path / "lb.json").write_bytes(data)
    message = refusal(tmp_path, **JSON)
    assert words in message
    assert "lb.json" in message


def test_an_incomplete_dataset_json_is_refused(tmp_path):
    """CDISC's schema checks neither the number of records nor their length."""
    write_json(tmp_path, [ROW, ROW], {"records": 3})
    assert "says 3 records and holds 2" in refusal(tmp_path, **JSON)
    write_json(tmp_path, [ROW, ROW[:-1]])
    assert "lb.json, row 3: a record needs 7 values" in refusal(tmp_path, **JSON)


# ---- FHIR

FHIR = {"layout": "fhir", "files": ["*.json"], "table": MESSAGE, "words": words() | FHIR_WORDS}
PATIENT = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:mrn", "value": truth_of.hospital_number(0)}],
           "name": [{"family": "Nguyễn", "given": ["Thị", "Bích", "Hồng"]}], "birthDate": "1968-01-01"}  # fmt: skip
SPECIMEN = {"resourceType": "Specimen", "id": "s1", "type": {"coding": [{"code": "PLAS", "display": "Huyết tương"}]},
            "collection": {"collectedDateTime": "2019-05-20T07:15:00+07:00", "fastingStatusDuration": {"value": 10, "unit": "h"}},
            "condition": [{"text": "hemolyzed"}]}  # fmt: skip
GLUCOSE = {
    "coding": [{"system": "http://loinc.org", "code": "1558-6"}, {"system": "urn:lab", "code": "GLU"}],
    "text": "Glucose",
}


def observation(**entries):
    return {"resourceType": "Observation", "id": "o1", "status": "final", "code": GLUCOSE, "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": "2019-05-20T08:00:00+07:00", "valueQuantity": {"value": 8.10, "unit": "mmol/L"}} | entries  # fmt: skip


def quantity(value, unit="mmol/L", **entries):
    return {"value": value, "unit": unit} | entries


def write_fhir(folder, *resources):
    (folder / "x.json").write_text("\n".join(json.dumps(one) for one in resources), encoding="utf-8")


def fhir(folder, *resources, **entries):
    write_fhir(folder, PATIENT, *resources)
    return clean_source(folder, **FHIR | entries)


@pytest.mark.parametrize(
    ("entries", "value", "censor", "unit"),
    [
        ({}, "8.1", "", "mmol/L"), ({"valueQuantity": quantity(8.1, "mmol/l", system="http://unitsofmeasure.org", code="mmol/L")}, "8.1", "", "mmol/L"),
        ({"valueQuantity": quantity(0.5, comparator="<")}, "<0.5", "<", "mmol/L"),
        ({"valueQuantity": None, "valueString": "<0.5 mmol/L"}, "<0.5 mmol/L", "<", ""),
        ({"valueQuantity": None, "valueInteger": 8}, "8", "", ""),
    ],
)  # fmt: skip
def test_values_of_an_observation(entries, value, censor, unit, tmp_path):
    one = {key: entry for key, entry in observation(**entries).items() if entry is not None}
    cleaned = fhir(tmp_path, one, missing_units={"GLUC": "mmol/L"})
    assert list(cleaned.labs[["VALUE_RAW", "CENSOR", "UNIT_RAW"]].iloc[0]) == [value, censor, unit]


def test_what_the_specimen_says_holds_for_the_observation(tmp_path):
    """Its collection time stands before `effective`, which many systems fill with the result time."""
    fasting = words() | FHIR_WORDS | {"fasting": {"10 h": "Y"}}
    labs = fhir(tmp_path, SPECIMEN, observation(specimen={"reference": "Specimen/s1"}), words=fasting).labs
    assert list(labs[["COLLECTED", "FASTING", "SPECIMEN", "QUALITY"]].iloc[0]) == [
        "2019-05-20T07:15",
        "Y",
        "PLASMA",
        "HEMOLYZED",
    ]


@pytest.mark.parametrize(
    ("entries", "rules"),
    [
        ({"status": "entered-in-error"}, ["UNKNOWN_STATUS"]), ({"status": "preliminary"}, ["UNKNOWN_STATUS"]),
        ({"valueString": "7"}, ["NOT_A_NUMBER"]), ({"subject": {"reference": "Patient/unknown"}}, ["UNKNOWN_PATIENT"]),
        ({"valueQuantity": None, "dataAbsentReason": {"coding": [{"code": "not-performed"}]}}, ["NOT_A_NUMBER"]),
        ({"valueQuantity": None, "hasMember": [{"reference": "Observation/o2"}]}, ["NOT_A_RESULT"]),
        ({"valueQuantity": None}, ["EMPTY_RESULT"]), ({"effectiveDateTime": "2019-05"}, ["PARTIAL_DATE"]),
        ({"component": [{"code": {"text": "HbA1c"}, "valueQuantity": quantity(7.1, "%")}]}, ["", ""]),
        ({"valueQuantity": None, "component": [{"code": {"text": "HbA1c"}, "valueQuantity": quantity(7.1, "%")}]}, [""]),
        ({"subject": {"identifier": {"value": truth_of.hospital_number(1)}}}, [""]),
        ({"contained": [{"resourceType": "Patient", "id": "c", "identifier": [{"value": truth_of.hospital_number(2)}]}], "subject": {"reference": "#c"}}, [""]),
        ({"subject": {"reference": "https://x.org/fhir/Patient/p1/_history/2"}}, [""]),
    ],
)  # fmt: skip
def test_every_observation_has_its_fate(entries, rules, tmp_path):
    one = {key: entry for key, entry in observation(**entries).items() if entry is not None}
    assert list(fhir(tmp_path, one).accounting["RULE"]) == rules


def test_components_and_entries_of_several_bundles_have_places_of_their_own(tmp_path):
    both = observation(component=[{"code": {"text": "HbA1c"}, "valueQuantity": quantity(7.1, "%")}])
    bundle = {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": both}]}
    write_fhir(tmp_path, bundle, bundle)
    place = clean_source(tmp_path, **FHIR).accounting[["ROW", "COLUMN"]]
    assert place.to_numpy().tolist() == [
        ["1", "entry 2"],
        ["1", "entry 2, component 1"],
        ["2", "entry 2"],
        ["2", "entry 2, component 1"],
    ]
    write_fhir(tmp_path, bundle)
    place = clean_source(tmp_path, **FHIR).accounting[["ROW", "COLUMN"]]
    assert place.to_numpy().tolist() == [["2", ""], ["2", "component 1"]]


def test_several_identifiers_of_a_patient_need_a_declared_system(tmp_path):
    both = PATIENT | {
        "identifier": [{"system": "urn:national", "value": "001068000001"}, *PATIENT["identifier"]]
    }
    write_fhir(tmp_path, both, observation())
    assert "system 'urn:national'" in refusal(tmp_path, **FHIR)
    subject = {"id": "hospital number", "place": "column", "authority": "urn:mrn"}
    assert list(clean_source(tmp_path, **FHIR | {"subject": subject}).labs["USUBJID"]) == ["S-001"]


def test_names_of_fhir_patients_do_not_leave(tmp_path):
    named = {"text": "Mrs Smith-Miller Jane"}
    write_fhir(
        tmp_path,
        PATIENT | {"name": [named]},
        observation(valueQuantity=quantity(8.1, "Mrs Smith-Miller Jane")),
    )
    cleaned = clean_source(tmp_path, **FHIR)
    assert "Smith" not in cleaned.queries.to_csv() + cleaned.labs.to_csv() + cleaned.accounting.to_csv()


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "row 1: not JSON"), ('{"a": 1}', "no FHIR resource"), ('{"resourceType": "Patient", "id": "x"}', "no Observation"), ("", "no Observation"),
     ('{"resourceType": "Patient"}\n{"resou', "row 2: not JSON"), ("[" * 100_000, "x.json")],
)  # fmt: skip
def test_what_is_no_fhir_export_is_refused(text, words, tmp_path):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    assert words in refusal(tmp_path, **FHIR)


# ---- The insurance envelope

HOSPITAL = {"id": "hospital number", "place": "column"}
XML = {"layout": "xml4", "files": ["x.xml"], "table": MESSAGE, "subject": HOSPITAL}
DATES = {
    "formats": ["yyyymmddHHMM"],
    "zone": "+07:00",
    "earliest": date(2019, 1, 1),
    "latest": date(2020, 12, 31),
}


def dossier(services, results):
    return {
        "XML1": element("TONG_HOP", MA_LK="K1", MA_BN=truth_of.hospital_number(0)),
        "XML3": f"<A>{''.join(services)}</A>",
        "XML4": f"<A>{''.join(results)}</A>",
    }


def service(
    code="23.0075.1494", ordered="201905200705", done="201905200715", result="201905200940", key="K1"
):
    return element(
        "CHI_TIET_DVKT", MA_LK=key, MA_DICH_VU=code, NGAY_YL=ordered, NGAY_TH_YL=done, NGAY_KQ=result
    )


def detail(code="23.0075.1494", value="5.6", result="201905200940", key="K1"):
    return element(
        "CHI_TIET_CLS",
        MA_LK=key,
        MA_DICH_VU=code,
        TEN_CHI_SO="Glucose",
        GIA_TRI=value,
        DON_VI_DO="mmol/L",
        NGAY_KQ=result,
    )


def insurance(folder, *dossiers, encoded=True):
    (folder / "x.xml").write_text(envelope(list(dossiers), encoded), encoding="utf-8")
    return clean_source(folder, **XML | {"dates": DATES})


@pytest.mark.parametrize(
    ("services", "results", "rules"),
    [
        ([service()], [detail()], [""]),
        # A service done twice: the result time tells which; without it, none of the two times is taken.
        ([service(), service(done="201905200800", result="201905201000")], [detail()], [""]),
        ([service(), service(done="201905200800")], [detail()], ["NO_DATE"]),
        # A time of execution that the system has copied from the order is no collection time.
        ([service(done="201905200705")], [detail()], ["NO_DATE"]),
        ([service(code="23.0075.1494.K.79002")], [detail()], [""]), ([service(code="23.0076.1494")], [detail()], ["NO_DATE"]),
        ([service()], [detail(key="K2")], ["NO_VISIT_KEY"]), ([service()], [detail(value="")], ["EMPTY_RESULT"]),
    ],
)  # fmt: skip
def test_results_get_patient_and_time_from_their_own_envelope(services, results, rules, tmp_path):
    assert list(insurance(tmp_path, dossier(services, results)).accounting["RULE"]) == rules


def test_draws_of_one_stay_are_told_apart(tmp_path):
    """All results of a stay have one visit key: it is no barcode."""
    second = {"done": "201905210715", "result": "201905210940"}
    cleaned = insurance(
        tmp_path,
        dossier([service(), service(**second)], [detail(), detail(value="7.1", result="201905210940")]),
    )
    assert list(cleaned.labs["COLLECTED"]) == ["2019-05-20T07:15", "2019-05-21T07:15"]
    assert cleaned.labs["ACCESSION"].nunique() == 2


def test_results_without_an_element_of_the_unit_need_what_the_laboratory_confirmed(tmp_path):
    """The older form of the layout has no DON_VI_DO."""
    bare = [detail().replace("<DON_VI_DO>mmol/L</DON_VI_DO>", "")]
    assert list(insurance(tmp_path, dossier([service()], bare)).accounting["RULE"]) == ["NO_UNIT"]
    confirmed = XML | {"dates": DATES, "missing_units": {"GLUC": "mmol/L"}}
    labs = clean_source(tmp_path, **confirmed).labs
    assert labs[["VALUE", "FLAGS"]].to_numpy().tolist() == [[5.6, "UNIT_FROM_DICTIONARY"]]


@pytest.mark.parametrize(
    ("done", "result", "asked"),
    [("201905200715", "201905200940", 0), ("201905200715", "201905200000", 0), ("201905220715", "201905200940", 1)],
)  # fmt: skip
def test_a_result_before_its_sample_is_one_question_of_the_draw(done, result, asked, tmp_path):
    """The service of a later visit, not one question for each of its results; midnight is a padded time."""
    results = [
        detail(result=result),
        detail(result=result).replace("Glucose", "Insulin").replace("mmol/L", "µU/mL"),
    ]
    cleaned = insurance(tmp_path, dossier([service(done=done, result=result)], results))
    assert list(cleaned.queries["RULE"]) == ["TIME_ORDER"] * asked
    assert len(cleaned.labs) == 2


@pytest.mark.parametrize("encoded", [True, False])
def test_prefixed_names_and_plain_tables_are_read(encoded, tmp_path):
    text = envelope([dossier([service()], [detail()])], encoded)
    text = text.replace("<GIAMDINHHS>", '<g:GIAMDINHHS xmlns:g="urn:x">').replace(
        "</GIAMDINHHS>", "</g:GIAMDINHHS>"
    )
    (tmp_path / "x.xml").write_text(
        text.replace("<HOSO>", "<g:HOSO>").replace("</HOSO>", "</g:HOSO>"), encoding="utf-8"
    )
    assert list(clean_source(tmp_path, **XML | {"dates": DATES}).labs["VALUE"]) == [5.6]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<GIA_TRI>5.6</GIA_TRI>", "<GIA_TRI>1<b/>2.5</GIA_TRI>", "broken by another element"),
        ("<GIA_TRI>5.6</GIA_TRI>", "<GIA_TRI>5.6</GIA_TRI><GIA_TRI>6.6</GIA_TRI>", "given twice"),
        ("<A>", "<!DOCTYPE x><A>", "document type"), ("</A>", "", "not well-formed"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_whole_stops_the_run(old, new, words):
    parts = dossier([service()], [detail()])
    with pytest.raises(DataError) as caught:
        open_envelope(envelope([parts | {"XML4": parts["XML4"].replace(old, new)}]), "x.xml")
    assert words in caught.value.text()
    assert "x.xml, dossier 1, XML4" in caught.value.text()


def test_a_table_that_is_no_base64_and_results_without_visits_are_refused(tmp_path):
    text = envelope([dossier([service()], [detail()])])
    (tmp_path / "x.xml").write_text(text.replace("<NOIDUNGFILE>", "<NOIDUNGFILE>$"), encoding="utf-8")
    assert "not base64" in refusal(tmp_path, **XML)
    (tmp_path / "x.xml").write_text(f"<A>{detail()}</A>", encoding="utf-8")
    assert "declare in join" in refusal(tmp_path, **XML)


# ---- HL7

HEAD = [
    "MSH|^~\\&|L|V|E|V|2020||ORU^R01^ORU_R01|1|P|2.5",
    "PID|1||N1^^^GOV^NI~M1^^^VH&x^MR||A^B",
    "OBR|1|P1|F1|X|||201905200730|||||||201905200800",
]


def hl7(*segments, authority="", head=HEAD):
    return parse_messages("\r".join([*head, *segments]), "x.hl7", authority)[0]


@pytest.mark.parametrize(
    ("test", "code", "name", "loinc"),
    [
        ("2345-7^Glucose^LN", "", "Glucose", "2345-7"), ("2345-7^Glucose^LOINC", "", "Glucose", "2345-7"), ("2345-7^Glucose", "", "Glucose", "2345-7"),
        ("ZGLU^Blood sugar^L^2345-7^Glucose^LN", "ZGLU", "Blood sugar", "2345-7"), ("2345-7^Glucose^LN^ZGLU^Blood sugar^L", "ZGLU", "Glucose", "2345-7"),
        ("GLU^^L", "GLU", "GLU", ""), ("^Glucose", "", "Glucose", ""),
    ],
)  # fmt: skip
def test_the_loinc_code_may_be_the_second_one(test, code, name, loinc):
    record = hl7(f"OBX|1|NM|{test}||5.6|mmol/L|||||F")[0]
    assert (record["analyte_code"], record["analyte"], record["loinc"]) == (code, name, loinc)


@pytest.mark.parametrize(
    ("authority", "subject"), [("", "N1"), ("MR", "M1"), ("VH", "M1"), ("NI", "N1"), ("XX", "")]
)
def test_the_declared_authority_chooses_the_number_of_the_patient(authority, subject):
    assert hl7("OBX|1|NM|GLU^Glucose^L||5.6|mmol/L|||||F", authority=authority)[0]["subject"] == subject


def obx(code, minutes, value="5.6", status="F"):
    return f"OBX|1|NM|{code}^{code}^L||{value}|mmol/L|||||{status}|||2019052009{minutes:02d}"


@pytest.mark.parametrize(
    ("segments", "collected"),
    [
        # A tolerance test: both times under one order.
        ([obx("GLU", 0), obx("GLU", 30, "11.2"), obx("INS", 0)], ["201905200900", "201905200930", "201905200900"]),
        # Each test once: OBX-14 may be the result time, the order's collection time holds.
        ([obx("GLU", 0), obx("INS", 30)], ["201905200730", "201905200730"]),
        # A preliminary result and its final one are one sample.
        ([obx("GLU", 0, status="P"), obx("GLU", 30)], ["201905200730", "201905200730"]),
    ],
)  # fmt: skip
def test_times_of_repeated_tests_tell_them_apart(segments, collected):
    records = hl7(*segments)
    assert [record["collected"] for record in records] == collected
    assert len({record["accession"] for record in records}) == len(set(collected))
    assert not any("observed" in record for record in records)


def test_messages_of_other_types_among_results_are_passed_over_but_not_their_results():
    other = [
        HEAD[0].replace("ORU^R01^ORU_R01", "ADT^A08"),
        HEAD[1],
        "OBX|1|NM|WT^Weight^L||60|kg|||||F",
        "NTE|1|L|on a scale",
    ]
    records = hl7(
        "OBX|1|NM|GLU^Glucose^L||5.6|mmol/L|||||F", *other, *HEAD, "OBX|1|NM|GLU^Glucose^L||5.7|mmol/L|||||F"
    )
    assert [record.get("result", record.get("rule")) for record in records] == ["5.6", OTHER_MESSAGE, "5.7"]


@pytest.mark.parametrize("kind", ["ORU", "ORU^R01", "oru^r30", "OUL^R22^OUL_R22"])
def test_all_messages_of_results_are_read(kind):
    head = [HEAD[0].replace("ORU^R01^ORU_R01", kind), *HEAD[1:]]
    assert hl7("OBX|1|NM|GLU^Glucose^L||5.6|mmol/L|||||F", head=head)[0]["result"] == "5.6"


def test_a_file_without_any_result_is_refused(tmp_path):
    (tmp_path / "x").write_text(HEAD[0].replace("ORU^R01^ORU_R01", "ADT^A08"), encoding="utf-8")
    assert "no OBX segment" in refusal(tmp_path, layout="hl7", table=MESSAGE)
