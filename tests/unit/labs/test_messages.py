"""HL7 in detail: qualifiers inside numbers, specimens and remarks wherever they stand, every line with a fate."""

import pytest

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from trial.labs.layouts.hl7 import parse_messages
from trial.labs.rules import BROKEN_SEGMENT
from unit.labs.one_row import KEY, declare, outcome, sections

HEAD = ["MSH|^~\\&|L|V|E|V|2020||ORU^R01^ORU_R01|1|P|2.5", "PID|1||0017000001^^^VH||A^B"]
ORDER = "OBR|1|P1|F1|X|||201905200730"
INSULIN = "OBX|{}|NM|INS^Insulin^L||9.5|uU/mL|||||F"


def read(*segments):
    return parse_messages("\r".join([*HEAD, *segments]), "x.hl7")[0]


def obx(at=1):
    return INSULIN.format(at)


@pytest.mark.parametrize(
    ("structured", "printed"),
    [("<^0.5", "<0.5"), ("^5^-^10", "5-10"), ("^1^:^640", "1:640"), ("^2^+", "2+"), ("^5^:^1", "5:1"), ("=^5.6", "=5.6")],
)  # fmt: skip
def test_a_structured_number_is_printed_whole(structured, printed):
    record = read(ORDER, f"OBX|1|SN|GLU^Glucose^L||{structured}|mmol/L|||||F")[0]
    assert record["result"] == printed


def test_segments_in_lower_case_are_read():
    records = read(ORDER, obx().replace("OBX", "obx"), "nte|1|L|Specimen hemolyzed")
    assert [record["result"] for record in records] == ["9.5"]
    assert records[0]["comment"] == "Specimen hemolyzed"


def test_a_remark_under_the_order_holds_for_its_results_only():
    records = read(
        obx().replace("9.5", "8"), ORDER, "NTE|1|L|Specimen hemolyzed", obx(), obx(2), ORDER, obx(3)
    )
    assert [record["comment"] for record in records] == ["", "Specimen hemolyzed", "Specimen hemolyzed", ""]


def test_a_remark_under_a_result_is_of_that_result_and_one_under_the_sample_of_all():
    records = read(ORDER, obx(), obx(2), "NTE|1||second", "SPM|1|||SER^Serum", "NTE|1||late")
    assert [record["comment"] for record in records] == ["late", "second late"]


def test_a_remark_under_the_patient_holds_for_every_order():
    records = read("NTE|1||not fasting", ORDER, obx(), ORDER, obx(2))
    assert [record["comment"] for record in records] == ["not fasting"] * 2


def test_a_remark_under_the_common_order_is_not_of_the_order_before():
    records = read(ORDER, obx(), "ORC|RE", "NTE|1||lipemic", ORDER, obx(2))
    assert [record["comment"] for record in records] == ["", "lipemic"]


@pytest.mark.parametrize(
    "segments",
    [
        (ORDER, obx(), "SPM|1|||UR^Urine"),
        (ORDER, "SPM|1|||UR^Urine", obx()),
        (ORDER + "||||||||UR&Urine&HL70070^x", obx()),
        (ORDER + "||||||||Urine", obx()),
    ],
)
def test_the_specimen_is_read_before_and_after_its_results_and_in_the_order(segments):
    assert read(*segments)[0]["specimen"] == "Urine"


def test_two_specimens_of_one_order_are_shown_both_and_do_not_reach_the_next():
    records = read(ORDER, obx(), "SPM|1|||SER^Serum", "SPM|2|||UR^Urine", ORDER, obx(2))
    assert [record["specimen"] for record in records] == ["Serum / Urine", ""]


def test_a_line_that_is_no_segment_is_a_raw_row():
    records, rows = parse_messages("\r".join([*HEAD, ORDER, obx(), "and its second line"]), "x.hl7")
    assert rows == [4, 5]
    assert records[1] == {"rule": BROKEN_SEGMENT}


# From the message to the books.


def clean_messages(folder, *segments):
    (folder / "oru.hl7").write_text("\r".join([*HEAD, *segments]), encoding="utf-8")
    words = declare()["words"]
    source = declare(
        layout="hl7", files=["oru.hl7"], table={"type": "message", "encoding": "utf-8"}, columns={}, identifiers=[],
        visits={}, numbers={"decimal": ".", "thousands": ""}, dates=declare()["dates"] | {"formats": ["HL7"]},
        words=words | {"status": {"F": "final"}, "specimen": {"Serum": "SERUM", "Urine": "URINE"}},
    )  # fmt: skip
    return clean(LabsSpec.model_validate(sections() | {"sources": {"hl7": source}}), raw_of(folder), KEY)


def glucose(kind="NM", test="GLUC^Glucose^L", value="5.6", unit="mmol/L"):
    return f"OBX|1|{kind}|{test}||{value}|{unit}|||||F"


@pytest.mark.parametrize(
    ("segments", "rule", "found"),
    [
        ((ORDER, glucose()), "", ""),
        ((ORDER, glucose("SN", value="^5^-^10")), "NOT_A_NUMBER", "5-10 mmol/L"),
        ((ORDER, glucose("SN", value="^1^:^640")), "NOT_A_NUMBER", "1:640 mmol/L"),
        ((ORDER, glucose("SN", value="^2^+")), "NOT_A_NUMBER", "2+ mmol/L"),
        ((ORDER, glucose("SN", "HBA1C^HbA1c^L", "^5^:^1", "%")), "NOT_A_NUMBER", "5:1 %"),
        ((ORDER, glucose("SN", value="=^5.6")), "", ""),
        ((ORDER, glucose(test="1518-0^Glucose^LN")), "UNKNOWN_CODE", "'Glucose, LOINC 1518-0' in 1 row"),
        ((ORDER + "||||||||Urine", glucose()), "WRONG_SPECIMEN", "'URINE' in 1 row"),
        ((ORDER, "SPM|1|||UR^Urine", glucose()), "WRONG_SPECIMEN", "'URINE' in 1 row"),
        ((ORDER, "SPM|1|||CSF^Liquor", glucose()), "UNKNOWN_SPECIMEN", "'Liquor' in 1 row"),
        ((ORDER, "NTE|1|L|Specimen hemolyzed", obx()), "HEMOLYZED", "HEMOLYZED"),
        ((ORDER, "nte|1|L|Specimen hemolyzed", obx().lower().replace("|ins^insulin^l|", "|INS^Insulin^L|").replace("|f", "|F")),
         "HEMOLYZED", "HEMOLYZED"),
    ],
)  # fmt: skip
def test_what_stands_in_a_message_reaches_the_books(tmp_path, segments, rule, found):
    cleaned = clean_messages(tmp_path, *segments)
    assert outcome(cleaned)[:2] == ("quarantined" if rule else "used", rule)
    assert list(cleaned.queries["FOUND"]) == ([found] if rule else [])


def test_times_padded_to_midnight_are_no_order_of_times(tmp_path):
    """Result time 000000 of the day of the draw; of an earlier day it is one question of the whole draw."""
    for day, asked in (("20190520", []), ("20190519", ["TIME_ORDER"])):
        order = f"{ORDER}|||||||||||||||{day}000000"
        cleaned = clean_messages(tmp_path, order, glucose(), obx(2))
        assert len(cleaned.labs) == 2
        assert list(cleaned.queries["RULE"]) == asked
