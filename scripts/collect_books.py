"""Merge queries, answers and the row accounting of all rooms; stop if they do not add up."""

import argparse
from pathlib import Path

import pandas as pd

from trial.review.answers import read_answers
from trial.review.books import collect_queries, merge_accounting
from trial.review.earlier import RECORDS, RESULTS, load_earlier
from trial.study.books import ACCOUNTING, QUERIES, QUERY_BOOK, ROW_BOOK
from trial.study.command import run
from trial.study.files import read_columns, read_table, write_table
from trial.study.raw_files import ANSWERS, open_raw


def main(argv: list[str] | None = None) -> None:
    """Read the parts, the answers and the earlier lock where there is one; write the two books."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("queries", "accounting"):
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True)
        parser.add_argument(f"--{name}-out", type=Path, required=True)
    for name in ("lock", "raw", "records"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument(
        "--results", type=Path, nargs="?", help="used laboratory results, where they are cleaned here"
    )
    parser.add_argument("--earlier", type=Path, nargs="*", help="files of the archive of the earlier lock")
    args = parser.parse_args(argv)
    file = open_raw(args.lock, args.raw).file(ANSWERS)
    fates = [read_table(path, ACCOUNTING) for path in args.accounting]
    results = read_columns(args.results, RESULTS) if args.results else pd.DataFrame(columns=list(RESULTS))
    settled = collect_queries(
        [read_table(path, QUERIES) for path in args.queries],
        pd.concat(fates, ignore_index=True),
        results,
        read_columns(args.records, RECORDS),
        (ANSWERS, read_answers(file) if file else []),
        load_earlier(args.earlier or ()),
    )
    accounting = merge_accounting([*fates, pd.DataFrame(settled.fates, columns=list(ACCOUNTING))])
    write_table(args.queries_out, settled.queries, list(QUERY_BOOK))
    write_table(args.accounting_out, accounting, list(ROW_BOOK))


if __name__ == "__main__":
    run(main)
