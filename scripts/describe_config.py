"""Write what describes the configuration: the JSON Schemas for editors and the page for readers."""

import argparse
from pathlib import Path

from trial.plan.describe import config_page, config_schema
from trial.plan.study import AnalysedStudy
from trial.study.command import run
from trial.study.files import write_json, write_text


def main(argv: list[str] | None = None) -> None:
    """Write the files; the schema of a study of analysed data stands beside that of raw data."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("schema", "page"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    write_json(args.schema, config_schema())
    write_json(args.schema.with_name("analysed.schema.json"), config_schema(AnalysedStudy))
    write_text(args.page, config_page())


if __name__ == "__main__":
    run(main)
