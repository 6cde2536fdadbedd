"""Every trap of real exports, one small file each, with its stated outcome.

An outcome is (fate, rule, questions) of the first row, or the words of the error that stops the run.
"""

import numpy as np
import pytest

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from trial.labs.plausible import estimate_glucose
from trial.study.errors import TrialError
from unit.labs import truth as truth_of
from unit.labs.one_row import clean_rows, declare, export_text, outcome, sections

USED = ("used", "", set())


def quarantined(rule, asked=True):
    return ("quarantined", rule, {rule} if asked else set())


def asked(*rules):
    return ("used", "", set(rules))


def row(**cells):
    return cells


def others(analyte, unit, *values):
    return [row(analyte=analyte, unit=unit, result=value) for value in values]


INSULIN = others("Insulin", "µU/mL", "9,0", "10,5", "8,7")
PEPTIDE = others("C-Peptid", "ng/mL", "1,9", "2,0", "1,8")
GLUCOSE = others("Glucose", "mmol/L", "9,0", "10,5", "8,7")
IL1B = {"analyte": "IL-1β", "unit": "pg/mL"}


def hba1c_and_glucose(hba1c, glucose, hba1c_unit="%", **cells):
    usual = {"analyte": "Glucose đói", "collected": "09:30 20/05/2019", "result": glucose}
    return [
        row(analyte="HbA1c", unit=hba1c_unit, result=hba1c, collected="07:30 20/05/2019"),
        row(**(usual | cells)),
    ]


# id of the trap: (rows, outcome of the first row)
TRAPS = {
    # X1-X4: one unit under the heading of another.
    "X1 glucose in mg/dL under mmol/L": ([row(result="171"), *GLUCOSE], quarantined("IMPOSSIBLE_VALUE")),
    "X1 glucose in mmol/L under mg/dL": (
        [row(result="9,5", unit="mg/dL"), *GLUCOSE], quarantined("IMPOSSIBLE_VALUE")),
    "X1 low glucose in mg/dL": (
        [row(result="42"), *others("Glucose", "mmol/L", "2,4", "2,2", "2,5")], quarantined("WRONG_UNIT")),
    "X2 insulin in pmol/L under µU/mL": (
        [row(analyte="Insulin", unit="µU/mL", result="62,5"), *INSULIN], quarantined("WRONG_UNIT")),
    "X3 C-peptide in nmol/L under ng/mL": (
        [row(analyte="C-Peptid", unit="ng/mL", result="0,63"), *PEPTIDE], quarantined("WRONG_UNIT")),
    "X4 HbA1c in mmol/mol under %": (
        [row(analyte="HbA1c", unit="%", result="69")], quarantined("IMPOSSIBLE_VALUE")),
    "X4 creatinine in mg/dL under µmol/L": (
        [row(analyte="Creatinin", unit="µmol/L", result="1,1")], quarantined("IMPOSSIBLE_VALUE")),
    # X5: the factor of an assay, see test_factors.
    "X5 insulin in pmol/L of a laboratory without a factor": (
        [row(analyte="Insulin", unit="pmol/L", result="62")], quarantined("WRONG_KIND_OF_UNIT")),
    # X6 and X7 concern the indices: the values stay.
    "X6 glucose 3.4": ([row(result="3,40")], asked("UNUSUAL_VALUE")),
    # X8: fasting state, see test_fasting. X9: haemolysis.
    "X9 haemolysed insulin": (
        [row(analyte="Insulin", unit="µU/mL", quality="vỡ hồng cầu")], quarantined("HEMOLYZED")),
    "X9 haemolysed insulin, other word": (
        [row(analyte="Insulin", unit="µU/mL", comment="mẫu tán huyết (++)")], quarantined("HEMOLYZED")),
    "X9 haemolysed C-peptide is kept": ([row(analyte="C-Peptid", unit="ng/mL", quality="huyết tán", result="2")], USED),
    "X9 lipaemic cytokine": ([row(**IL1B, result="2,0", quality="mẫu đục")], quarantined("LIPEMIC")),
    "X9 not enough sample": ([row(quality="không đủ mẫu")], quarantined("QNS")),
    "X9 unknown remark on the sample": ([row(quality="màu lạ")], asked("UNKNOWN_QUALITY")),
    "X9 haemolysis noted at another test of the tube": (
        [row(analyte="Insulin", unit="µU/mL", accession="7", specimen="Huyết thanh", collected="07:30 20/05/2019"),
         row(analyte="C-Peptid", unit="ng/mL", result="2,0", accession="7", specimen="Huyết thanh",
             quality="tán huyết", collected="07:30 20/05/2019")],
        asked("QUALITY_OF_SAMPLE")),
    # X12: censored text.
    **{f"X12 {text!r}": ([row(**IL1B, result=text, lloq="0,5", uloq="500")], USED)
       for text in ("<0.5".replace(".", ","), "< 0,5", "≤0,5", "＜0,5", "<=0,5", "<LLOQ", "BLQ", "dưới ngưỡng",
                    "DUOI NGUONG", "không phát hiện", ">500", "> 500", ">ULOQ")},
    "X12 below a limit that nobody gives": ([row(**IL1B, result="BLQ")], quarantined("NO_LIMIT")),
    "X12 zero": ([row(**IL1B, result="0", lloq="1,0")], quarantined("ZERO_RESULT")),
    "X12 zero with decimals": ([row(result="0,00")], quarantined("ZERO_RESULT")),
    "X12 below zero": ([row(result="<0")], quarantined("NOT_A_NUMBER")),
    # X14: marks of numbers.
    "X14 7,500 under a decimal comma is 7.5": ([row(result="7,500")], USED),
    "X14 point where the comma is declared": ([row(result="9.5")], quarantined("DECIMAL_MARK")),
    "X14 thousands mark that is not declared": ([row(result="1.234,5")], quarantined("DECIMAL_MARK")),
    "X14 two decimal marks": ([row(result="9,5,1")], quarantined("DECIMAL_MARK")),
    "X14 apostrophe": ([row(result="9'5")], quarantined("DECIMAL_MARK")),
    # X15: dates. Formats of a whole file: test_dates.
    "X15 day 31 of a short month": ([row(collected="07:30 31/04/2019")], quarantined("IMPOSSIBLE_DATE")),
    "X15 29 February of no leap year": ([row(collected="07:30 29/02/2019")], quarantined("IMPOSSIBLE_DATE")),
    "X15 hour 25": ([row(collected="25:00 20/05/2019")], quarantined("IMPOSSIBLE_DATE")),
    "X15 another format": ([row(collected="2019-05-20")], quarantined("DATE_FORMAT")),
    "X15 year of two digits": ([row(collected="07:30 20/05/19")], quarantined("DATE_FORMAT")),
    "X15 year before the study": ([row(collected="07:30 20/05/1919")], quarantined("DATE_OUT_OF_STUDY")),
    "X15 year after the study": ([row(collected="07:30 20/05/2029")], quarantined("DATE_OUT_OF_STUDY")),
    "X15 no date": ([row(collected="")], quarantined("NO_DATE")),
    # X17: names of tests.
    **{f"X17 {name}": ([row(analyte=name)], USED)
       for name in ("Glucose*", "GLUCOSE", "Glucose máu đói", "Định lượng Glucose [Máu]", "Dinh luong Glucose mau",
                    "ĐƯỜNG HUYẾT LÚC ĐÓI", "đường huyết", "duong huyet", "FPG", "ĐH đói", " Glucose **")},
    **{f"X17 {name}": ([row(analyte=name, unit="pg/mL", result="2,5")], USED)
       for name in ("TNF-α", "TNF alpha", "TNFa", "IL-1β", "IL-1ß", "IL1b", "Interleukin 1 beta")},
    "X17 unknown test": ([row(analyte="Ferritin")], quarantined("UNKNOWN_ANALYTE")),
    "X17 no test": ([row(analyte="")], quarantined("NO_ANALYTE")),
    "X17 unknown patient": ([row(subject="0000009999")], quarantined("UNKNOWN_PATIENT")),
    "X17 no patient": ([row(subject="")], quarantined("NO_PATIENT")),
    "X17 signature below the table": (
        [row(subject="Người lập bảng", result="", collected="", analyte="", unit="", status="")],
        quarantined("NOT_A_RESULT", asked=False)),
    "X17 name and code contradict": ([row(analyte_code="HBA1C")], quarantined("ANALYTE_CONTRADICTED")),
    "X17 name and LOINC contradict": ([row(loinc="4548-4")], quarantined("ANALYTE_CONTRADICTED")),
    "X17 LOINC alone": ([row(analyte="", loinc="14771-0")], USED),
    # X18: invisible characters.
    **{f"X18 {text!r}": ([row(result=text)], USED)
       for text in ("9,5\t", "9,5\u00a0", "\u200b9,5", "9\u200b,5", "９,５", "9，5", "\ufeff9,5", " 9,5 ", "\u202f9,5")},
    "X18 flags around the number": ([row(result="9,5 H")], USED),
    "X18 arrow": ([row(result="↑ 9,5*")], USED),
    "X18 word beside the number": ([row(result="9,5 Cao")], USED),
    # X19: units.
    **{f"X19 {unit}": ([row(analyte="Insulin", unit=unit, result="9,5")], USED)
       for unit in ("µU/mL", "μU/mL", "uIU/ml", "µUI/mL", "mU/L", "mUI/L", "u[IU]/mL", "µ U / mL")},
    "X19 case that leaves one meaning": ([row(unit="MMOL/L")], USED),
    "X19 missing unit": ([row(unit="")], quarantined("NO_UNIT")),
    "X19 unknown unit": ([row(unit="đv")], quarantined("UNKNOWN_UNIT")),
    "X19 unit of another kind": ([row(unit="U/L")], quarantined("WRONG_KIND_OF_UNIT")),
    "X19 unit in the result cell": ([row(result="9,5 mmol/L", unit="")], USED),
    "X19 unit in the result cell, the same": ([row(result="9,5mmol/l", unit="mmol/L")], USED),
    "X19 unit in the result cell, another": ([row(result="95 mg/dL", unit="mmol/L")], quarantined("UNITS_DIFFER")),
    # X20: reference ranges; see test_ranges.
    "X20 0 - 0 is no range": ([row(reference="0 - 0", flag="H", result="9,5")], USED),
    # X22 and X26: nothing there.
    "X22 empty result": ([row(result="")], quarantined("EMPTY_RESULT")),
    "X22 blank result": ([row(result=" \u00a0")], quarantined("EMPTY_RESULT")),
    "X26 Nan": ([row(result="Nan")], quarantined("MISSING_RESULT")),
    "X26 dash": ([row(result="-")], quarantined("MISSING_RESULT")),
    "X26 words": ([row(result="chưa có KQ")], quarantined("NOT_A_NUMBER")),
    "X26 infinity": ([row(result="inf")], quarantined("NOT_A_NUMBER")),
    "X26 power of ten": ([row(result="1E3")], quarantined("NOT_A_NUMBER")),
    "X26 a number without end": ([row(result="9" * 400)], quarantined("NOT_A_NUMBER")),
    "X26 a word for a measured test": ([row(result="Âm tính\t")], quarantined("NOT_A_NUMBER")),
    "X26 range for a value": ([row(result="9,5-10,2")], quarantined("NOT_A_NUMBER")),
    # X23: what spreadsheets do.
    "X23 lost leading zeros": ([row(subject="17000001")], USED),
    "X23 hospital number as a float": ([row(subject="1,23E+09")], quarantined("ROUNDED_NUMBER")),
    "X23 barcode as a float": ([row(accession="1.23E+12")], asked("ROUNDED_BARCODE")),
    "X23 1-3 turned into a date": ([row(result="2019-03-01")], quarantined("RESULT_IS_DATE")),
    "X23 1-3 turned into a date, printed": ([row(result="1-Mar")], quarantined("RESULT_IS_DATE")),
    # X24: logic.
    "X24 received before collected": (
        [row(collected="07:30 20/05/2019", received="07:10 20/05/2019")], asked("TIME_ORDER")),
    "X24 resulted before received": (
        [row(collected="07:30 20/05/2019", received="08:10 20/05/2019", resulted="08:00 20/05/2019")],
        asked("TIME_ORDER")),
    "result time padded to midnight of its day": (
        [row(collected="07:30 20/05/2019", received="08:10 20/05/2019", resulted="00:00 20/05/2019")], USED),
    "result time at midnight of an earlier day": (
        [row(collected="07:30 20/05/2019", resulted="00:00 19/05/2019")], asked("TIME_ORDER")),
    "X24 below the range without L": (
        [row(result="3,60", reference="3,9 - 6,4"), row(flag="H", reference="3,9 - 6,4")], asked("FLAG_CONTRADICTED")),
    "X24 flagged H inside the range": ([row(result="5,0", reference="3,9 – 6,4", flag="H")], asked("FLAG_CONTRADICTED")),
    "X24 time of receipt in another format": ([row(received="hôm qua")], asked("TIME_UNREADABLE")),
    # Mean glucose of 5.0 % is 5.373 mmol/L, of 10.0 % 13.338; bounds 0.4 and 1.8. A factor of 18 moves them.
    "X24 glucose too high for the HbA1c": (hba1c_and_glucose("5,0", "9,675"), asked("HBA1C_GLUCOSE")),
    "X24 glucose just low enough for the HbA1c": (hba1c_and_glucose("5,0", "9,67"), USED),
    "X24 glucose too low for the HbA1c": (hba1c_and_glucose("10,0", "5,335"), asked("HBA1C_GLUCOSE")),
    "X24 glucose just high enough for the HbA1c": (hba1c_and_glucose("10,0", "5,337"), USED),
    "X24 HbA1c in mmol/mol is compared in %": (hba1c_and_glucose("31", "20,0", hba1c_unit="mmol/mol"), asked("HBA1C_GLUCOSE")),
    "X24 glucose in mg/dL is compared in mmol/L": (
        hba1c_and_glucose("8,0", "171", unit="mg/dL"), USED),
    "X24 glucose not said to be fasting": (hba1c_and_glucose("5,0", "20,0", analyte="Glucose"), USED),
    "X24 glucose of the next day": (hba1c_and_glucose("5,0", "20,0", collected="07:30 21/05/2019"), USED),
    "X24 glucose of another patient": (hba1c_and_glucose("5,0", "20,0", subject="0017000002"), USED),
    "X24 glucose that is quarantined": (hba1c_and_glucose("5,0", "51,0"), USED),
    "X24 censored HbA1c": (hba1c_and_glucose("<5,0", "20,0"), USED),
    # Statuses.
    "X21 cancelled": ([row(status="Hủy")], quarantined("CANCELLED", asked=False)),
    "X21 cancelled, other spelling": ([row(status="HUỶ")], quarantined("CANCELLED", asked=False)),
    "X21 unknown status": ([row(status="Chờ duyệt")], quarantined("UNKNOWN_STATUS")),
    "X21 status is empty": ([row(status="")], quarantined("UNKNOWN_STATUS")),
    # Further ones.
    "X27 unknown visit": ([row(visit="Đợt 9")], asked("UNKNOWN_VISIT")),
    "X28 unknown specimen": ([row(specimen="Dịch não tuỷ")], quarantined("UNKNOWN_SPECIMEN")),
    "X29 HbA1c jumps within three months": (
        [row(analyte="HbA1c", unit="%", result="8,0", collected="07:30 28/05/2019"),
         row(analyte="HbA1c", unit="%", result="12,0", collected="07:30 20/05/2019")], asked("JUMP")),
    "X30 limit of quantification that is no number": (
        [row(**IL1B, result="2,0", lloq="thấp")], asked("UNREADABLE_LIMIT")),
    "X31 number for a word": ([row(analyte="Anti-GAD", unit="U/mL", result="7,5")], asked("NOT_NUMERIC")),
    "X32 formula in a cell": ([row(result="=1+1")], quarantined("NOT_A_NUMBER")),
    "X33 negative value": ([row(result="-9,5")], quarantined("IMPOSSIBLE_VALUE")),
    "X34 percent sign of HbA1c in the cell": ([row(analyte="HbA1c", unit="", result="8,5 %")], USED),
}  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
def test_trap(trap, tmp_path):
    rows, expected = TRAPS[trap]
    cleaned = clean_rows(tmp_path, *rows)
    assert outcome(cleaned) == expected
    assert len(cleaned.accounting) == len(rows)


# Errors that stop the run: (text or bytes of the file, changes of the source, words of the message).
LEGACY = "Mã BN;Tên xét nghiệm;Kết quả\n"
STOPS = {
    "file missing": (None, {}, ["export.csv", "does not exist"]),
    "empty file": (b"", {}, ["declared columns", "missing"]),
    "header only": (export_text([]), {}, ["no rows below the header"]),
    "column missing": (export_text([{}]).replace("Kết quả", "Ket qua"), {}, ["'Kết quả' is missing", "did you mean"]),
    "column twice": (export_text([{}]).replace("Họ tên", "Kết quả"), {"identifiers": []}, ["stands 2 times"]),
    "header in another row": ("Tiêu đề\n" + export_text([{}]), {"table": {"header_rows": [3]}},
                              ["header seems to stand in row 2"]),
    "other delimiter": (export_text([{}]).replace(";", ","), {}, ["is missing"]),
    "X16 UTF-16 declared as UTF-8": (export_text([{}]).encode("utf-16"), {}, ["byte order mark says utf-16-le"]),
    "X16 UTF-16 without mark declared as UTF-8": (export_text([{}]).encode("utf-16-le"), {}, ["export.csv", "utf-16-le"]),
    "X16 Windows-1258 declared as UTF-8": (truth_of.encode_1258(export_text([{}])), {}, ["not utf-8", "windows-1258"]),
    "X16 UTF-8 declared as Windows-1258": (export_text([{}]), {"table": {"encoding": "windows-1258"}},
                                           ["not windows-1258", "would fit utf-8"]),
    "X16 UTF-8 declared as UTF-16": (export_text([{}]), {"table": {"encoding": "utf-16"}}, ["no byte order mark"]),
    "X15 month and day exchanged": (
        export_text([{"collected": f"07:30 0{m}/{d}/2019"} for m in (5, 6, 7) for d in (13, 20, 28)]), {},
        ["day and month exchanged", "HH:MM dd/mm/yyyy"]),
    "X15 dates of another format": (
        export_text([{"collected": f"2019-05-{d}T07:30"} for d in (13, 20, 28)]), {},
        ["nearly all collection dates", "row 2"]),
    "X14 all numbers with the other mark": (
        export_text([{"result": f"{v}.5"} for v in (7, 8, 9)]), {}, ["contradict the declared ','"]),
    "quotation mark that swallows rows": (
        export_text([{"comment": '"mẫu'}, {}, {"comment": 'lại"'}]), {}, ["row 2", "quot"]),
    "quotation mark that never closes": (export_text([{"comment": '"mẫu'}, {}]), {}, ["row", "quotation marks"]),
}  # fmt: skip


@pytest.mark.parametrize("trap", STOPS)
def test_error_names_the_file_and_what_to_do(trap, tmp_path):
    content, changes, words = STOPS[trap]
    if content is not None:
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (tmp_path / "export.csv").write_bytes(data)
    source = declare()
    source |= {k: v for k, v in changes.items() if k != "table"}
    source["table"] = source["table"] | changes.get("table", {})
    spec = LabsSpec.model_validate(sections() | {"sources": {"lis_2019": source}})
    with pytest.raises(TrialError) as caught:
        clean(spec, raw_of(tmp_path), {"0017000001": "S-01"})
    text = caught.value.text()
    assert all(word in text for word in words), text
    assert "Lê Thị Hoa" not in text


@pytest.mark.parametrize("name", ["TCVN3 (ABC)", "VNI", "VISCII"])
def test_legacy_vietnamese_encodings_are_refused_by_name(name, tmp_path):
    """X16: bytes of the words as the old fonts wrote them."""
    legacy = {
        "TCVN3 (ABC)": "M\xb7 BN;T\xaan x\xd0t nghi\xd6m;K\xd5t qu\xb6;§\xac\xad",
        "VNI": "Maõ BN;Teân xeùt nghieäm;Keát quaû",
        "VISCII": "M\xe3 BN;T\xean x\xe9t nghi\xaem;K\xaat qu\xe4",
    }[name]
    (tmp_path / "export.csv").write_bytes(legacy.encode("latin-1", "replace") + b"\n1;2;3\n")
    for encoding in ("windows-1258", "utf-8"):
        source = declare()
        source["table"] = source["table"] | {"encoding": encoding}
        spec = LabsSpec.model_validate(sections() | {"sources": {"lis_2019": source}})
        with pytest.raises(TrialError, match=f"(?s){name.split()[0]}.*convert it to UTF-8"):
            clean(spec, raw_of(tmp_path), {})


def test_values_of_censored_text(tmp_path):
    """X12 and X13: limit and direction; words take the limit of their own row."""
    cells = {"analyte": "IL-1β", "unit": "pg/mL"}
    cleaned = clean_rows(
        tmp_path,
        *({**cells, **row} for row in (
            {"result": "<0,5", "lloq": "1,0"}, {"result": "BLQ", "lloq": "1,0"}, {"result": "BLQ", "lloq": "1,2"},
            {"result": ">500"}, {"result": "0,8", "lloq": "1,0"}, {"result": "600", "uloq": "500"})),
    )  # fmt: skip
    labs = cleaned.labs.sort_values("ROW")
    assert list(labs["CENSOR"]) == ["<", "<", "<", ">", "<", ">"]
    np.testing.assert_array_equal(labs["LIMIT"], [0.5, 1.0, 1.2, 500.0, 1.0, 500.0])
    assert labs["VALUE"].isna().all()
    assert list(labs["FLAGS"]) == ["", "", "", "", "BELOW_LLOQ", "ABOVE_ULOQ"]


def test_hba1c_against_glucose_is_one_query_that_shows_both_and_can_be_off(tmp_path):
    rows = [
        *hba1c_and_glucose("5,0", "20,0"),
        *hba1c_and_glucose("5,0", "21", collected="11:00 20/05/2019")[1:],
    ]
    cleaned = clean_rows(tmp_path, *rows)
    asked_about = cleaned.queries[cleaned.queries["RULE"] == "HBA1C_GLUCOSE"]
    assert list(asked_about["FOUND"]) == ["HBA1C 5,0 %, GLUC 20,0 mmol/L; 21 mmol/L"]
    assert list(cleaned.accounting["FATE"]) == ["used"] * 3
    assert clean_rows(tmp_path, *rows, consistency=None).queries.empty


def test_estimated_average_glucose_as_published():
    """Nathan et al. 2008, Diabetes Care 31:1473: the printed mg/dL of HbA1c 5 to 12 %."""
    published = [97, 126, 154, 183, 212, 240, 269, 298]
    estimated = 18.0156 * estimate_glucose(np.arange(5.0, 13.0))
    assert np.allclose(estimated, published, rtol=0, atol=0.5 + 1e-9)


def test_unknown_analyte_is_one_query_with_its_count(tmp_path):
    rows = [{"analyte": "Ferritin"}, {"analyte": "Ferritin"}, {"analyte": "Vitamin D"}, {}]
    cleaned = clean_rows(tmp_path, *rows)
    asked = cleaned.queries[cleaned.queries["RULE"] == "UNKNOWN_ANALYTE"]
    assert sorted(asked["FOUND"]) == ["'Ferritin' in 2 rows", "'Vitamin D' in 1 row"]
    assert list(cleaned.accounting["FATE"]) == ["quarantined"] * 3 + ["used"]


def test_no_identifier_leaves_even_in_the_wrong_cell(tmp_path):
    rows = [
        {"analyte": "Lê Thị Hoa"}, {"result": "Trần Văn Nam"}, {"unit": "0912 345 678"}, {"accession": "0017000001"},
        {"method": "lê thị hoa"}, {"subject": "Phạm Bích Liên"}, {"quality": "BN 0912345678 Lê Thị Hoa"}, {},
    ]  # fmt: skip
    cleaned = clean_rows(tmp_path, *rows)
    book = "\n".join(
        table.to_csv() for table in (cleaned.labs, cleaned.queries, cleaned.accounting)
    ).casefold()
    for text in ("thị hoa", "trần", "văn nam", "0912", "0017000001", "bích"):
        assert text not in book


def test_a_file_named_after_a_patient_is_refused_without_repeating_the_name(tmp_path):
    (tmp_path / "0012345678.csv").write_text(export_text([{}]), encoding="utf-8")
    spec = LabsSpec.model_validate(sections() | {"sources": {"lis_2019": declare(files=["*.csv"])}})
    with pytest.raises(TrialError) as caught:
        clean(spec, raw_of(tmp_path), {"0017000001": "S-01", "0012345678": "S-02"})
    assert "rename" in caught.value.text()
    assert "12345678" not in caught.value.text()
