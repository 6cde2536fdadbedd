"""Merge the queries and the row accounting of all rooms; stop if they do not add up."""

import argparse
from pathlib import Path

from trial.review.books import NUMBERED, merge_accounting, merge_queries
from trial.study.books import ACCOUNTING, QUERIES
from trial.study.command import run
from trial.study.files import read_table, write_table


def main(argv: list[str] | None = None) -> None:
    """Read the parts, merge, write the two books."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=Path, nargs="+", required=True)
    parser.add_argument("--accounting", type=Path, nargs="+", required=True)
    parser.add_argument("--queries-out", type=Path, required=True)
    parser.add_argument("--accounting-out", type=Path, required=True)
    args = parser.parse_args(argv)
    queries = merge_queries([read_table(path, QUERIES) for path in args.queries])
    accounting = merge_accounting([read_table(path, ACCOUNTING) for path in args.accounting])
    write_table(args.queries_out, queries, list(NUMBERED))
    write_table(args.accounting_out, accounting, list(ACCOUNTING))


if __name__ == "__main__":
    run(main)
