"""The committed synthetic studies: reproducible, locked, and with the truth recoverable from them."""

import csv
import hashlib
import io
import re
import unicodedata
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
import yaml

from simulation.lis import flag_of
from simulation.studies import STUDIES
from trial.study.raw_files import BESIDE, HISTORY

ROOT = Path(__file__).parents[3]
RAW, TRUTH = ROOT / "data" / "raw", ROOT / "tests" / "reference" / "demo"
SMALL = ROOT / "tests" / "studies"
# Study, folder of exports, folder of truth, seed as the README files name it.
COMMITTED = [
    ("demo", RAW, TRUTH, 20190426),
    ("three_arm", SMALL / "three_arm" / "data" / "raw", SMALL / "three_arm" / "truth", 20),
    ("mini", SMALL / "mini" / "data" / "raw", SMALL / "mini" / "truth", 4),
]
BY_NAME = pytest.mark.parametrize("name, raw, truth, seed", COMMITTED, ids=[row[0] for row in COMMITTED])


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in BESIDE and path.parent.name != HISTORY
    }


def read(path, delimiter=",", skip=0, encoding="utf-8-sig"):
    text = unicodedata.normalize("NFC", path.read_bytes().decode(encoding))
    return list(
        csv.DictReader(io.StringIO("".join(text.splitlines(keepends=True)[skip:])), delimiter=delimiter)
    )


@BY_NAME
def test_the_generator_makes_the_committed_files_again(tmp_path, name, raw, truth, seed):
    STUDIES[name](tmp_path / "raw", tmp_path / "truth", seed)
    assert digests(tmp_path / "raw") == digests(raw)
    assert digests(tmp_path / "truth") == digests(truth)


@BY_NAME
def test_another_seed_makes_other_files(tmp_path, name, raw, truth, seed):
    STUDIES[name](tmp_path / "raw", tmp_path / "truth", seed + 100)
    changed = digests(tmp_path / "raw")
    # Nobody leaves the smallest study, whatever the seed: that file is a header.
    assert [file for file in digests(raw) if changed[file] == digests(raw)[file]] in (
        [],
        ["edc/discontinuation.csv"],
    )


@BY_NAME
def test_lock_and_readme(name, raw, truth, seed):
    lock = yaml.safe_load((raw / "LOCK.yaml").read_text(encoding="utf-8"))
    assert lock["synthetic"] is True
    assert lock["state"] == "hard"
    listed = {entry["path"]: entry for entry in lock["files"]}
    assert {name: entry["sha256"] for name, entry in listed.items()} == digests(raw)
    assert all(entry["bytes"] == (raw / name).stat().st_size for name, entry in listed.items())
    readme = (raw / "README.md").read_text(encoding="utf-8")
    assert "synthetic" in readme.splitlines()[0]
    assert f"--seed {seed}" in readme
    missing = [path for path in listed if path.split("/")[-1] not in readme]
    assert not [path for path in missing if not path.startswith("edc/")]


def hospital_key(raw=RAW):
    return {row["MA_BN"]: row["USUBJID"] for row in read(raw / "edc" / "subject_key.csv")}


def lis_rows(year):
    if year == 2019:
        return read(RAW / "lis" / "lis_2019.csv", ";", skip=3)
    return read(RAW / "lis" / "lis_2020.csv", ";", encoding="cp1258")


ANALYTES = (
    ("GLUC", ("glucose", "đường huyết lúc", "fpg")), ("INS", ("insulin",)), ("CPEP", ("c-peptid",)),
    ("HBA1C", ("hba1c",)),
)  # fmt: skip


def analyte_of(name):
    plain = re.sub("[\u200b\ufeff]", "", name).casefold()
    return next((code for code, parts in ANALYTES if any(part in plain for part in parts)), "")


def to_standard(analyte, value, unit, day):
    if analyte == "INS" and unit == "pmol/L":
        return value / 6.945
    if analyte == "GLUC" and unit == "mg/dL":
        return value / 18.0156
    if analyte == "HBA1C" and unit == "mmol/mol":
        return 0.09148 * value + 2.152
    return value


def found_in_lis(found, key, visits):
    for year in (2019, 2020):
        for row in lis_rows(year):
            subject, analyte = key.get(row["Mã BN"]), analyte_of(row["Tên xét nghiệm"])
            if subject and analyte and row["Trạng thái"] != "Hủy":
                day = datetime.strptime(row["Ngày lấy mẫu"][-10:], "%d/%m/%Y").date()
                text = row["Kết quả"].replace("\u00a0", "").replace(",", ".")
                value = to_standard(analyte, float(text), row["Đơn vị"], day)
                found[subject, visits.get((subject, day), ""), analyte].append(value)


def found_in_workbook(found, key):
    book = openpyxl.load_workbook(RAW / "excel" / "hba1c_cpeptide.xlsx")
    codes = {"Ban đầu": "BL", "Tháng 1": "M1", "Tháng 3": "M3", "Tháng 6": "M6"}
    for sheet, visit in codes.items():
        for cells in book[sheet].iter_rows(min_row=5, values_only=True):
            subject = key.get(str(cells[1]).zfill(10))
            for analyte, place in (("HBA1C", 4), ("CPEP", 7)):
                try:
                    value = float(str(cells[place]).replace(",", "."))
                except ValueError:
                    continue
                found[subject, visit, analyte].append(to_standard(analyte, value, cells[place + 2], None))


def found_in_claim(found, key, visits):
    links = {row["MA_LK"]: row for row in read(RAW / "xml4" / "visits.csv", ";")}
    for item in ElementTree.parse(RAW / "xml4" / "xml4.xml").iter("CHI_TIET_CLS"):
        row = {field.tag: field.text or "" for field in item}
        analyte = analyte_of(row["TEN_CHI_SO"])
        if analyte:
            link = links[row["MA_LK"]]
            day = datetime.strptime(link["NGAY_TH_YL"], "%Y%m%d%H%M").date()
            value = float(row["GIA_TRI"])
            if analyte == "INS":
                value /= 6.0 if str(day) < "2020-02-03" else 6.945
            subject = key[link["MA_BN"]]
            found[subject, visits.get((subject, day), ""), analyte].append(value)


def found_on_plates(found):
    for row in read(RAW / "cytokines" / "plates.csv", skip=2):
        text, lloq = row["Concentration"], float(row["LLOQ"])
        try:
            value = float(text) or ("<", lloq)
        except ValueError:
            value = (">", 500.0) if text == ">500" else ("<", lloq)
        found[row["SubjectID"], row["Visit"], {"TNF-α": "TNFA", "IL-1β": "IL1B"}[row["Analyte"]]].append(
            value
        )


@pytest.fixture(scope="module")
def found():
    """Every value of the exports by subject, visit (through the visit date) and analyte."""
    values = defaultdict(list)
    key = hospital_key()
    visits = {
        (row["USUBJID"], datetime.fromisoformat(row["VISIT_DT"]).date()): row["VISIT"]
        for row in read(RAW / "edc" / "visits.csv")
        if row["VISIT_DT"]
    }
    found_in_lis(values, key, visits)
    found_in_workbook(values, key)
    found_in_claim(values, key, visits)
    found_on_plates(values)
    return values


TOLERANCE = {"GLUC": 0.03, "INS": 0.009, "CPEP": 0.0051, "HBA1C": 0.0051, "TNFA": 0.0051, "IL1B": 0.0051}


def agrees(value, truth, analyte):
    if isinstance(value, tuple):
        return value[0] == "<" and truth < value[1]
    return abs(value - truth) <= TOLERANCE[analyte]


def test_every_true_value_is_in_the_exports_unless_a_listed_defect_took_it(found):
    damaged = {(row["USUBJID"], row["VISIT"], row["ANALYTE"]) for row in read(TRUTH / "traps.csv")}
    # In the workbook a row has two results: the column says which one the defect is in.
    damaged |= {
        (row["USUBJID"], row["VISIT"], {"E": "HBA1C", "H": "CPEP"}[row["COLUMN"]])
        for row in read(TRUTH / "traps.csv")
        if row["COLUMN"] in ("E", "H")
    }
    lost = []
    for row in read(TRUTH / "truth.csv"):
        place = (row["USUBJID"], row["VISIT"], row["ANALYTE"])
        values = [value for value in found[place] if agrees(value, float(row["VALUE"]), place[2])]
        if not values and place not in damaged:
            lost.append((place, row["VALUE"], found[place]))
    assert not lost


def test_routes_agree_but_where_a_defect_says_otherwise(found):
    damaged = {(row["USUBJID"], row["VISIT"]) for row in read(TRUTH / "traps.csv")}
    true = {(row["USUBJID"], row["VISIT"], row["ANALYTE"]): float(row["VALUE"])
            for row in read(TRUTH / "truth.csv")}  # fmt: skip
    several = 0
    for place, value in true.items():
        if place[:2] not in damaged:
            assert all(agrees(other, value, place[2]) for other in found[place]), place
            several += len(found[place]) > 1
    assert several > 200


def test_month_6_is_nearly_complete_in_both_arms():
    arms = {row["USUBJID"]: row["ARM"] for row in read(RAW / "edc" / "subjects.csv")}
    last = [row for row in read(TRUTH / "truth.csv") if row["VISIT"] == "M6"]
    for analyte in TOLERANCE:
        for arm in set(arms.values()):
            count = sum(row["ANALYTE"] == analyte and arms[row["USUBJID"]] == arm for row in last)
            assert 26 <= count <= 30


def test_homa_is_in_no_raw_file():
    analysed = SMALL / "analysed"  # its inputs are analysis data, indices among them
    for folder in (RAW, SMALL):
        for path in folder.rglob("*"):
            if (
                path.is_file()
                and analysed not in path.parents
                and path.name != "README.md"
                and path.suffix != ".yaml"
            ):
                assert not re.search(rb"\bHOMA", path.read_bytes(), re.IGNORECASE)


def test_defects_stand_where_the_list_says():
    rows = {2019: [None] * 5 + lis_rows(2019), 2020: [None] * 2 + lis_rows(2020)}
    claim = list(ElementTree.parse(RAW / "xml4" / "xml4.xml").iter("CHI_TIET_CLS"))
    plates = [None] * 4 + read(RAW / "cytokines" / "plates.csv", skip=2)
    key = hospital_key()
    book = openpyxl.load_workbook(RAW / "excel" / "hba1c_cpeptide.xlsx")
    checked = 0
    for trap in read(TRUTH / "traps.csv"):
        number = int(trap["ROW"] or 0)
        if not number or not trap["USUBJID"]:
            continue
        if trap["FILE"].startswith("lis/"):
            subject = key[rows[int(trap["FILE"][8:12])][number]["Mã BN"]]
        elif trap["FILE"] == "xml4/xml4.xml":
            subject = trap["USUBJID"] if claim[number - 1].findtext("STT") == str(number) else ""
        elif trap["FILE"].startswith("cytokines/"):
            subject = plates[number]["SubjectID"]
        else:
            subject = key[str(book[trap["SHEET"]].cell(number, 2).value).zfill(10)]
        assert subject == trap["USUBJID"], trap
        checked += 1
    assert checked > 70


def test_all_kinds_of_defects_are_planted():
    planted = {row["TRAP"] for row in read(TRUTH / "traps.csv")}
    assert planted == {f"X{number}" for number in range(1, 28)}


def test_calendar_of_the_trial():
    subjects = read(RAW / "edc" / "subjects.csv")
    dates = {
        name: sorted(row[name] for row in subjects if row[name]) for name in subjects[0] if name[-2:] == "DT"
    }
    assert dates["SCREEN_DT"][0] >= "2019-04-24"
    assert dates["INFUSION_DT"][-1] <= "2020-03-31"
    assert len(dates["INFUSION_DT"]) == 29
    for row in subjects:
        order = [row["SCREEN_DT"], row["ENROL_DT"], row["ALLOC_DT"], row["INFUSION_DT"] or "9"]
        assert order == sorted(order)
        start = datetime.fromisoformat(row["INFUSION_DT"] or row["ALLOC_DT"])
        index = start if row["INFUSION_DT"] else start + timedelta(21)
        for visit in read(RAW / "edc" / "visits.csv"):
            if visit["USUBJID"] == row["USUBJID"] and visit["VISIT_DT"]:
                day = (datetime.fromisoformat(visit["VISIT_DT"]) - index).days
                low, high = {"BL": (-28, 0), "M1": (15, 59), "M3": (60, 134), "M6": (135, 225)}[
                    visit["VISIT"]
                ]
                assert low <= day <= high
                assert visit["VISIT_DT"] <= "2020-10-31"


def test_identifying_strings_are_in_the_exports_and_not_in_barcodes():
    listed = (TRUTH / "identifiers.txt").read_text(encoding="utf-8").splitlines()
    lis = [row for year in (2019, 2020) for row in lis_rows(year)]
    everything = "\n".join(";".join(str(cell) for cell in row.values()) for row in lis)
    assert sum(word in everything for word in listed) > 150
    barcodes = "\n".join(row["SID"] for row in lis)
    assert not [word for word in listed if word in barcodes]


def test_extracts_to_be_refused_and_read():
    assert len(list((TRUTH / "refused").iterdir())) == 7
    wide = (TRUTH / "readable" / "lis_utf16le_tabs.txt").read_bytes()
    assert wide.startswith(b"\xff\xfe")
    assert "\tKết quả\t" in wide.decode("utf-16")
    with pytest.raises(ElementTree.ParseError):
        ElementTree.parse(TRUTH / "refused" / "xml4_truncated.xml")


def test_the_generator_knows_nothing_of_the_pipeline():
    for path in (ROOT / "scripts" / "simulation").glob("*.py"):
        assert not re.search(r"^\s*(?:from|import) (?:trial|mmrm)\b", path.read_text("utf-8"), re.MULTILINE)


def test_flags_and_times_are_in_order_but_for_the_planted_rows():
    planted = [trap for trap in read(TRUTH / "traps.csv") if trap["TRAP"] == "X24" and "lis" in trap["FILE"]]
    rows = [row for year in (2019, 2020) for row in lis_rows(year) if row["SID"]]
    flags = [row for row in rows if flag_of(row["Kết quả"], row["Trị số tham chiếu"]) != row["Cờ"]]
    names = ("Ngày lấy mẫu", "Ngày nhận mẫu", "Ngày trả kết quả")
    times = [[datetime.strptime(row[name], "%H:%M %d/%m/%Y") for name in names] for row in rows]
    assert len(flags) == len([trap for trap in planted if trap["COLUMN"] == "Cờ"]) == 1
    assert sum(stamps != sorted(stamps) for stamps in times) == 1


@pytest.mark.parametrize(
    "result, limits, flag",
    [
        ("6,41", "3,9 - 6,4", "H"),
        ("3,80", "3,9 - 6,4", "L"),
        ("6,4", "3,9 – 6,4", ""),
        ("31", "< 32", ""),
        ("5,0", "0 - 0", ""),
        ("Âm tính", "< 5,0", ""),
    ],
)
def test_flags_of_the_laboratory_system(result, limits, flag):
    assert flag_of(result, limits) == flag
