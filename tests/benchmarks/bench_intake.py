"""Benchmark of the intake: a long laboratory export of N rows read, cleaned and written.

    python tests/benchmarks/bench_intake.py --rows 1000000

Prints seconds and peak memory, and fails above the bars of 45 s and 2 GB for a million rows. The work is
done by one thread: its processor time, which other programs do not disturb, is held to the bar. The export
has the columns, the dialect and the share of defects of a hospital's system: 4,000 patients, eight tests,
repeats, corrections, censored and unreadable results.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from raw import raw_of

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from trial.labs.clean import clean  # noqa: E402
from trial.labs.config import LabsSpec  # noqa: E402
from trial.labs.schema import ACCOUNTING, LABS, QUERIES  # noqa: E402
from trial.study.files import write_table  # noqa: E402
from trial.study.load import read_yaml  # noqa: E402

SECONDS, GIGABYTES, FULL = 45.0, 2.0, 1_000_000
TESTS = (("Glucose*", "mmol/L", 9.0, 2), ("HbA1c", "%", 8.5, 2), ("Insulin", "µU/mL", 11.0, 2),
         ("C-Peptid", "ng/mL", 2.0, 2), ("Ure*", "mmol/L", 5.4, 2), ("Triglycerid", "mmol/L", 2.1, 2),
         ("Hemoglobin", "g/L", 138.0, 0), ("Cholesterol toàn phần", "mmol/L", 5.1, 2))  # fmt: skip
PATIENTS = 4000


def write_export(path: Path, rows: int) -> dict[str, str]:
    """Write the export; returns the subject key."""
    rng = random.Random(20190424)
    numbers = [f"{17000000 + 37 * at:010d}" for at in range(PATIENTS)]
    header = (
        "STT;Mã phiếu;Mã BN;Họ tên;Năm sinh;Giới tính;SID;Tên xét nghiệm;Kết quả;Đơn vị;Trị số tham chiếu;Cờ;"
        "Ngày lấy mẫu;Ngày nhận mẫu;Ngày trả kết quả;Loại mẫu;Chất lượng mẫu;Trạng thái;Thiết bị;Ghi chú"
    )
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("Bệnh viện\nBáo cáo\nKỳ\n" + header + "\n")
        start, written = datetime(2019, 5, 1, 6, 0), 0
        while written < rows:
            draw, patient = written // len(TESTS), rng.randrange(PATIENTS)
            taken = start + timedelta(minutes=rng.randrange(500 * 1440))
            times = ";".join(f"{taken + timedelta(minutes=m):%H:%M %d/%m/%Y}" for m in (0, 25, 120))
            for name, unit, centre, decimals in TESTS:
                text = f"{centre * rng.lognormvariate(0, 0.25):.{decimals}f}".replace(".", ",")
                luck = rng.random()
                text = "<0,5" if luck < 0.01 else "chưa có" if luck < 0.012 else text
                status = "Hiệu chỉnh" if luck > 0.99 else "Chính thức"
                line = (
                    f"{written};P{draw};{numbers[patient]};Nguyễn Văn {patient};1960;Nam;S{draw:09d};{name};{text};"
                    f"{unit};1,0 - 900,0;;{times};Huyết thanh;;{status};AU680;\n"
                )
                stream.write(line)
                written += 1
                if luck > 0.99:
                    stream.write(line.replace(status, "Chính thức").replace(text, text + "1"))
                    written += 1
    return {number: f"S-{at:05d}" for at, number in enumerate(numbers)}


def make_spec() -> LabsSpec:
    """Return the demonstration study's intake with the first laboratory source alone."""
    content = read_yaml(ROOT / "config.yaml")
    sections = {name: content[name] for name in LabsSpec.model_fields}
    source = content["sources"]["lis_2019"] | {"files": ["export.csv"]}
    return LabsSpec.model_validate(
        sections | {"sources": {"lis_2019": source}, "factors": [], "corrections": []}
    )


def main() -> None:
    """Generate, clean, write, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=FULL)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder)
        key = write_export(raw / "export.csv", rows)
        size = (raw / "export.csv").stat().st_size / 1e6
        begin, begin_cpu = time.perf_counter(), time.process_time()
        cleaned = clean(make_spec(), raw_of(raw), key)
        read, read_cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
        for name, columns in (("labs", LABS), ("queries", QUERIES), ("accounting", ACCOUNTING)):
            write_table(raw / f"{name}.csv", getattr(cleaned, name), list(columns))
        total, total_cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    fates = cleaned.accounting["FATE"].value_counts().to_dict()
    print(f"{len(cleaned.accounting)} raw rows ({size:.0f} MB): {fates}, {len(cleaned.queries)} queries")
    print(f"read and cleaned: {read_cpu:.1f} s of processor time ({read:.1f} s by the clock)")
    print(f"with writing: {total_cpu:.1f} s ({total:.1f} s); peak memory {memory:.2f} GB")
    allowed = max(rows / FULL, 0.05)
    if total_cpu > SECONDS * allowed or memory > GIGABYTES:
        sys.exit(f"above the bars: {SECONDS * allowed:.0f} s, {GIGABYTES} GB")


if __name__ == "__main__":
    main()
