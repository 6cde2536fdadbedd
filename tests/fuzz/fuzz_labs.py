"""Fuzzer from the raw export to the analysis data: mutated exports of every layout, one verdict each.

    python tests/fuzz/fuzz_labs.py --mutants 20000 --seed 1

A mutant passes when the run ends in one of two ways: books that add up and hold no identifier, or an
error of the study's own kind that names the file and holds no identifier. A traceback, a hang (10 s), a
row without a fate, a record without a reason or an identifier in any output fails; the mutant's seed and layout are printed, and
`--seed N --mutants 1 --layout L` repeats it.
"""

import argparse
import csv
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from openpyxl import load_workbook  # noqa: E402

from fuzz.verdicts import judge  # noqa: E402
from unit.labs import dialects  # noqa: E402
from unit.labs import truth as truth_of  # noqa: E402
from unit.labs.dialects import LAYOUTS  # noqa: E402
from unit.labs.truth import Dialect, Lab  # noqa: E402

TOKENS = (
    "", " ", "0", "-1", "<", "<0,5", "> 500", "≤", "BLQ", "Âm tính", "NaN", "inf", "1e999", "9" * 60, "7,500", "7.5",
    "1.234,5", "=1+1", "@SUM(A1)", "'", '"', '""', "\u200b", "\ufeff", "\u00a0", "＜０，５", "31/02/2019",
    "2019-02-31T25:61", "99999999", "43829", "1.23E+12", "mg/dL", "pmol/L", "µU/mL", "μU/mL", "mmol/mol", "đv", "%",
    "Glucose", "HbA1c", "Ferritin", "Insulin đói", "sau ăn", "vỡ hồng cầu", "Hủy", "chạy lại", "\x00", "\x1f", "\n",
    "\r", ";", "|", "\t", "^", "&", "~", "\\", "<!DOCTYPE x>", "&amp;", "&#0;", "]]>", "OBX|", "MSH|^~\\&|",
    "không đói", "non-fasting", "Fasting: No", "if fasting: 70-100", "not hemolyzed", "空腹血糖", "2350-7", "LOINC:2345-7",
    "GLU2H", "1+", "5-10", "1:640", "5,6 (H)", "5,6?", ",5", "5,", "\u22125,6", "&lt;0,5", "=5,6", "g/L", "U/L", "10*9/L",
    "Nước tiểu", "Total", "Tổng cộng", "Mã BN", "~", "≥", "WEEK 24", "Y", "N", "U",
    "20190520", "00:00 01/01/1900", "07:30 20/05/2019", "\U0001f600", "a" * 5000,
)  # fmt: skip

# Words of one kind, declared and not: a mutant says another one of the kind, once or throughout.
KINDS = (
    ("mmol/L", "µU/mL", "ng/mL", "%", "mg/dL", "pmol/L", "U/L", "g/L", "mmol/mol", "meq/L", "đv", ""),
    ("Glucose máu đói", "Định lượng HbA1c [Máu]", "Insulin", "C-Peptid*", "BUN", "Ferritin", "Anti-GAD", "Glucose", "Total"),
    ("GLUC", "HBA1C", "INS", "CPEP", "GLU2H", "2345-7", "4548-4", "2350-7"),
    ("Chính thức", "Hiệu chỉnh", "Hủy", "NOT DONE", "F", "C", "X", "Z", ""),
    ("Tháng 1", "baseline_arm_1", "WEEK 24", "UNS", ""),
    ("BASELINE", "WEEK 4", "UNSCHEDULED 1.1", "FOLLOW-UP", "WEEK 24", "gọi Trần Văn Đức 0912345678", ""),
    ("huyết thanh", "Huyết thanh", "Nước tiểu", "Máu mao mạch", "URINE", "Dịch não tủy", ""),
    ("Y", "N", "maybe", "đói", "không đói", "sau ăn", "vỡ hồng cầu", "không tán huyết", "chạy lại", "không chạy lại", "1", "0", ""),
    ("<", ">", "=", "~", "≤", "-", "^", ""),
    ("OBX", "obx", "NTE", "SPM", "OBR", "ZZZ", "PID", "CHI_TIET_CLS"),
)  # fmt: skip


def make_truth(rng: random.Random) -> list[Lab]:
    """Return a small truth: a few patients, draws and tests."""
    start = datetime(2019, 5, 14, 6, 30)
    truth = []
    for person in range(rng.randint(1, 4)):
        for draw in range(rng.randint(1, 3)):
            moment = start + timedelta(days=37 * draw + person, minutes=rng.randint(0, 200))
            for analyte, centre in (("GLUC", 9.0), ("HBA1C", 8.5), ("INS", 11.0), ("CPEP", 2.0)):
                mark = rng.choice(["", "", "", "<"])
                truth.append(Lab(person, analyte, f"{mark}{centre * rng.uniform(0.7, 1.4):.2f}", moment))
    return truth


def make_dialect(rng: random.Random) -> Dialect:
    """Return a random dialect."""
    return Dialect(
        encoding=rng.choice(["utf-8", "utf-8", "utf-16", "utf-16-le", "windows-1258"]), bom=rng.random() < 0.3,
        delimiter=rng.choice([";", "|", "\t"]), decimal=rng.choice([",", "."]), newline=rng.choice(["\n", "\r\n"]),
        titles=rng.randint(0, 2), date=rng.choice(sorted(truth_of.DATES)),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )  # fmt: skip


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one random wound."""
    if not data:
        return bytes([rng.randrange(256)])
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.choice([1, 1, 2, 16, 200]))
    return rng.choice(
        [
            lambda: data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :],
            lambda: data[:at] + data[end:],
            lambda: data[:at] + data[at:end] * 2 + data[end:],
            lambda: data[:at],
            lambda: data[:at] + bytes(rng.randrange(256) for _ in range(rng.randint(1, 8))) + data[at:],
            lambda: data.replace(b"\r\n", b"\n") if rng.random() < 0.5 else data.replace(b"\n", b"\r"),
            lambda: rng.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00"]) + data,
            lambda: data.swapcase(),
        ]
    )()


def mutate_text(text: str, delimiter: str, rng: random.Random) -> str:
    """Return the text with one row, cell or column changed."""
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    cells = lines[at].split(delimiter)
    here, there = rng.randrange(len(cells)), rng.randrange(len(cells))
    other = rng.randrange(len(lines))

    def rewrite(new: list[str]) -> None:
        lines[at] = delimiter.join(new)

    def drop_column() -> None:
        for number, line in enumerate(lines):
            parts = line.split(delimiter)
            if here < len(parts):
                lines[number] = delimiter.join(parts[:here] + parts[here + 1 :])

    def swap_cells() -> None:
        cells[here], cells[there] = cells[there], cells[here]
        rewrite(cells)

    def swap_columns() -> None:
        for number, line in enumerate(lines):
            parts = line.split(delimiter)
            if max(here, there) < len(parts):
                parts[here], parts[there] = parts[there], parts[here]
                lines[number] = delimiter.join(parts)

    changes: list[Callable[[], object]] = [
        lambda: rewrite([*cells[:here], rng.choice(TOKENS), *cells[here + 1 :]]),
        lambda: rewrite([*cells[:here], rng.choice(TOKENS), *cells[here + 1 :]]),
        lambda: rewrite([*cells[:here], cells[here] + rng.choice(TOKENS), *cells[here + 1 :]]),
        lambda: rewrite([*cells[:here], *cells[here + 1 :]]),
        lambda: rewrite([*cells[:here], rng.choice(TOKENS), *cells[here:]]),
        lambda: lines.pop(at),
        lambda: lines.insert(other, lines[at]),
        lambda: lines.insert(at, rng.choice(["", ";;;;", delimiter * 5, "HÓA SINH/BIOCHEMISTRY", *TOKENS])),
        lambda: rng.shuffle(lines),
        lambda: lines.__setitem__(slice(at, None), []),
        lambda: lines.__setitem__(at, lines[at] + lines[other]),
        drop_column,
        swap_cells,
        swap_cells,
        swap_columns,
    ]
    rng.choice(changes)()
    return "\n".join(lines)


def mutate_words(text: str, rng: random.Random) -> str:
    """Return the text with one of its words of a kind said otherwise, at one place or everywhere."""
    known = [(kind, word) for kind in KINDS for word in kind if word and word in text]
    if not known:
        return text
    kind, word = rng.choice(known)
    other = rng.choice(kind)
    if rng.random() < 0.5:
        return text.replace(word, other)
    at = rng.choice([at for at in range(len(text)) if text.startswith(word, at)])
    return text[:at] + other + text[at + len(word) :]


def mutate_workbook(path: Path, rng: random.Random) -> None:
    """Change cells, sheets or structure of a workbook."""
    book = load_workbook(path)
    sheet = rng.choice(book.worksheets)
    row, column = rng.randint(1, sheet.max_row + 1), rng.randint(1, sheet.max_column + 1)
    values: list[object] = [
        *(t for t in TOKENS if t.isprintable()),
        1.5,
        43829,
        -3,
        True,
        datetime(2019, 3, 1),
        None,
    ]

    def write() -> None:
        if type(sheet.cell(row, column)).__name__ != "MergedCell":
            sheet.cell(row, column).value = rng.choice(values)  # type: ignore[union-attr,assignment]

    def hide() -> None:
        sheet.sheet_state = "hidden"
        if all(one.sheet_state == "hidden" for one in book.worksheets):
            book.create_sheet("leer")

    rng.choice(
        [write, write, write, lambda: sheet.delete_rows(row), lambda: sheet.delete_cols(column),
         lambda: sheet.insert_rows(row), lambda: sheet.insert_cols(column), hide,
         lambda: setattr(sheet, "title", rng.choice(["x", "0017004834", "Lê Thị Hoa"])),
         lambda: book.create_sheet("thêm")]
    )()  # fmt: skip
    book.save(path)


def mutate_folder(folder: Path, dialect: Dialect, rng: random.Random) -> None:
    """Wound one file one to three times."""
    path = rng.choice(sorted(folder.iterdir()))
    for _ in range(rng.choice([1, 1, 2, 3])):
        data = path.read_bytes()
        if path.suffix == ".xlsx":
            if rng.random() < 0.7:
                try:
                    mutate_workbook(path, rng)
                except Exception:  # a book wounded before is only wounded in its bytes
                    path.write_bytes(mutate_bytes(data, rng))
            else:
                path.write_bytes(mutate_bytes(data, rng))
            continue
        codec = {"windows-1258": "cp1258"}.get(dialect.encoding, dialect.encoding)
        codec = "utf-8" if path.suffix in (".xml", ".hl7", ".json", ".ndjson", ".xpt", ".dsjc") else codec
        delimiter = {".xml": "<", ".hl7": "|", ".json": ",", ".ndjson": ","}.get(
            path.suffix, dialect.delimiter
        )
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            path.write_bytes(mutate_bytes(data, rng))
            continue
        if rng.random() < 0.3:
            path.write_bytes(_encode(mutate_words(text, rng), codec))
        elif rng.random() < 0.75:
            text = mutate_text(text.replace("\r", "\n") if path.suffix == ".hl7" else text, delimiter, rng)
            path.write_bytes(_encode(text, codec))
        else:
            path.write_bytes(mutate_bytes(data, rng))


def _encode(text: str, codec: str) -> bytes:
    if codec == "cp1258":
        return "".join(c for c in text if _fits(c)).encode("cp1258")
    return text.encode(codec, "surrogatepass")


def _fits(letter: str) -> bool:
    try:
        letter.encode("cp1258")
    except UnicodeEncodeError:
        return False
    return True


def try_mutant(seed: int, layout: str) -> str:
    """Return what is wrong with the mutant of this seed."""
    rng = random.Random(f"{seed} {layout}")
    truth, dialect = make_truth(rng), make_dialect(rng)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = dialects.write_export(truth, layout, dialect, folder)
        mutate_folder(folder, dialect, rng)
        screened = frozenset([truth_of.subject(rng.randrange(4))] if rng.random() < 0.25 else [])
        return judge(folder, source, screened)


def fuzz(mutants: int, seed: int, layouts: tuple[str, ...] = LAYOUTS) -> list[str]:
    """Return the failures of so many mutants, spread over the layouts."""
    failures = []
    for at in range(mutants):
        layout = layouts[at % len(layouts)]
        if wrong := try_mutant(seed + at // len(layouts), layout):
            failures.append(f"--seed {seed + at // len(layouts)} --mutants 1 --layout '{layout}': {wrong}")
    return failures


def main() -> None:
    """Run, print failures, exit 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", choices=LAYOUTS)
    args = parser.parse_args()
    failures = fuzz(args.mutants, args.seed, (args.layout,) if args.layout else LAYOUTS)
    for failure in failures[:20]:
        print(failure)
    kinds = Counter(failure.split("': ", 1)[1].split(":")[0] for failure in failures)
    print(f"{args.mutants} mutants, {len(failures)} failures {dict(kinds)}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
