"""The listings: every query is printed, and the rows of the accounting add up."""

import pytest

from trial.display.fates import count_fates, cut_note
from trial.display.templates.queries_listing import record_place
from trial.study.errors import DataError
from unit.display import study_rows as rows


def accounting(change=None):
    table = rows.accounting_rows()
    table = table if change is None else change(table)
    return listing("accounting_listing", accounting=table)


def listing(template, **data):
    return rows.build(template, rows.context(rows.output_spec(template, endpoints=()), **data))


def test_every_query_is_one_row_in_the_order_of_the_file():
    queries = rows.query_rows(250)
    queries.loc[:9, ["STATUS", "ANSWER"]] = ["answered", "value confirmed"]
    queries.loc[10, ["STATUS", "ANSWER"]] = ["reopened", "value confirmed"]
    table = listing("queries_listing", queries=queries)
    printed = [[cell.text for cell in row.cells] for row in table.blocks[0].rows]
    names = ["QUERYID", "STATUS", "ANSWER", "FINGERPRINT", "SUBJECT", "ANALYTE", "DATE", "RULE", "FOUND",
             "QUESTION", "DONE"]  # fmt: skip
    assert [line[:-1] for line in printed] == queries[names].to_numpy().tolist()
    assert printed[3][-1] == "lis/lis_2019.csv, row 103"
    assert table.number == "Listing 16.2.9.1"
    assert table.titles[1] == "Open queries: 240 of 250"


def test_place_of_a_record_names_sheet_and_column_where_there_are_any():
    record = {"FILE": "a.xlsx", "SHEET": "Tháng 1", "ROW": "7", "COLUMN": "HbA1c"}
    assert record_place(record) == "a.xlsx, sheet Tháng 1, row 7, column HbA1c"
    assert record_place(dict.fromkeys(record, "")) == ""


def test_accounting_adds_up_per_file_and_in_all():
    table = accounting()
    first = {block.heading: [cell.text for cell in block.rows[0].cells] for block in table.blocks}
    assert first == {
        "excel/hba1c.xlsx": ["All raw rows", "5", "2", "0", "3"],
        "lis/lis_2019.csv": ["All raw rows", "7", "4", "2", "1"],
        "All files": ["All raw rows", "12", "6", "2", "4"],
    }
    for block in table.blocks:
        counts = [[int(cell.text or 0) for cell in row.cells[1:]] for row in block.rows]
        assert counts[0][0] == sum(counts[0][1:])
        assert sum(row[2] for row in counts[1:]) == counts[0][2]
        assert sum(row[3] for row in counts[1:]) == counts[0][3]


def test_an_unknown_fate_is_refused():
    with pytest.raises(DataError, match="lost"):
        accounting(lambda table: table.assign(FATE="lost"))


def test_what_lies_after_the_cut_is_counted_by_file():
    book = rows.accounting_rows()
    assert cut_note(book) == "Raw rows after the data cut, in no analysis: none."
    book.loc[[0, 1, 9], "RULE"] = "AFTER_CUT"
    book.loc[[2], "RULE"] = "END_AFTER_CUT"
    assert cut_note(book) == (
        "Raw rows after the data cut, in no analysis: excel/hba1c.xlsx 1, lis/lis_2019.csv 2. "
        "Rows whose later end or date was left out: lis/lis_2019.csv 1."
    )


def test_accounting_without_rows_is_a_null_report():
    assert accounting(lambda table: table.iloc[:0]).is_empty
    assert count_fates(rows.accounting_rows().iloc[:0]) == (0, 0, 0, 0)
