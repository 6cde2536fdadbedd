"""Join results, records and raw rows into the pages of the trace, which open from the file system."""

import argparse
from pathlib import Path

from trial.display.files import load_stamp, save_page
from trial.display.pages.frame import Frame
from trial.study.command import run
from trial.study.load import read_slice
from trial.trace.config import TraceSpec
from trial.trace.files import load_asset, read_records, read_texts, write_shard
from trial.trace.page.frame import write_trace
from trial.trace.raw_rows import load_raw_rows
from trial.trace.records import load_records
from trial.trace.results import load_results
from trial.trace.shards import PROGRAM, STYLE, make_shards

NAMES = ("spec", "lock", "label", "ard", "records", "adsl", "adlb", "lineage")
BOOKS = ("accounting", "queries", "texts")


def main(argv: list[str] | None = None) -> None:
    """Read what the study left, write the page, its program and its data files."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in (*NAMES, *BOOKS, "analyses", "page", "folder"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--tables", type=Path, nargs="*", default=[], help="data sets that name raw rows")
    args = parser.parse_args(argv)
    spec, texts = read_slice(args.spec, TraceSpec), read_texts(args.texts)
    records = load_records(args.adsl, args.adlb, args.lineage, args.tables, spec.subject_files, texts)
    raw = load_raw_rows(args.accounting, args.queries, texts, records)
    jobs = read_records(args.analyses)
    results = load_results(args.ard, args.records, records, jobs, spec)
    for name, content in make_shards(spec, results, records, raw, jobs, texts):
        write_shard(args.folder, name, content)
    for name in (PROGRAM, STYLE):
        save_page(load_asset(name), args.folder / name)
    stamp = load_stamp(args.lock, args.label, spec.study, "scripts/render_trace.py")
    save_page(write_trace(Frame(spec.study, stamp)), args.page)


if __name__ == "__main__":
    run(main)
