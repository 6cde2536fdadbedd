"""Small long exports for single traps: a few rows with named cells, everything else as usual."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from raw import raw_of
from trial.labs.clean import CleanedLabs, clean
from trial.labs.config import LabsSpec
from unit.labs.truth import config

COLUMNS = {
    "subject": "Mã BN", "analyte": "Tên xét nghiệm", "result": "Kết quả", "unit": "Đơn vị",
    "collected": "Ngày lấy mẫu", "received": "Ngày nhận mẫu", "resulted": "Ngày trả kết quả", "accession": "SID",
    "status": "Trạng thái", "quality": "Chất lượng mẫu", "specimen": "Loại mẫu", "comment": "Ghi chú",
    "lloq": "LLOQ", "uloq": "ULOQ", "reference": "Trị số tham chiếu", "flag": "Cờ", "method": "Thiết bị",
    "loinc": "LOINC", "analyte_code": "Mã chỉ số", "visit": "Đợt",
    "fasting": "Nhịn ăn", "qualifier": "Dấu", "baseline_flag": "LBBLFL", "analysis_flag": "ANL01FL",
}  # fmt: skip
USUAL = {
    "subject": "0017000001", "analyte": "Glucose", "result": "9,5", "unit": "mmol/L",
    "collected": "07:30 20/05/2019", "status": "Chính thức",
}  # fmt: skip
KEY = {f"{17_000_000 + number:010d}": f"S-{number:02d}" for number in range(1, 10)}


def sections() -> dict:
    """Return the intake sections of the demonstration study."""
    content = config()
    return {name: content[name] for name in LabsSpec.model_fields} | {"factors": [], "corrections": []}


def declare(**entries: object) -> dict:
    """Return the source that declares the small export."""
    source = sections()["sources"]["lis_2019"] | {
        "files": ["export.csv"], "columns": COLUMNS, "identifiers": ["Họ tên"],
        "table": {"type": "delimited", "encoding": "utf-8", "delimiter": ";", "header_rows": [1]},
        "visits": {"Đợt 1": "M1"},
    }  # fmt: skip
    return source | entries


def export_text(rows: list[dict[str, str]]) -> str:
    """Return the text of the export; each row states only what differs from `USUAL`."""
    lines = [";".join(["Họ tên", *COLUMNS.values()])]
    for at, row in enumerate(rows):
        cells = {"collected": f"07:30 {1 + at % 28:02d}/{5 + at // 28:02d}/2019"} | row
        lines.append(";".join(["Lê Thị Hoa", *({**USUAL, **cells}.get(role, "") for role in COLUMNS)]))
    return "\n".join(lines) + "\n"


def clean_rows(
    folder: Path, *rows: dict[str, str], screened: Iterable[str] = (), cut: date = date.max, **entries: object
) -> CleanedLabs:
    """Return what becomes of the rows; `entries` replace keys of the source or, by name, whole sections."""
    (folder / "export.csv").write_text(export_text(list(rows)), encoding="utf-8")
    given = sections()
    own = {name: entries.pop(name) for name in list(entries) if name in given}
    spec = LabsSpec.model_validate(given | {"sources": {"lis_2019": declare(**entries)}} | own)
    return clean(spec, raw_of(folder), KEY, screened=screened, cut=cut)


def outcome(cleaned: CleanedLabs, at: int = 0) -> tuple[str, str, set[str]]:
    """Return (fate, rule, rules of the queries) of the row number `at`."""
    row = cleaned.accounting.iloc[at]
    asked = cleaned.queries[cleaned.queries["ROW"] == row["ROW"]]
    return row["FATE"], row["RULE"], set(asked["RULE"])
