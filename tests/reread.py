"""An independent reader of printed outputs: it shares no code with what prints them.

HTML tables by `data-result-id`, RTF tables by the order of their cells, numbers by exact arithmetic of their own.
"""

import csv
import math
import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from html import unescape
from html.parser import HTMLParser

MINUS = "\u2212"
NUMBER = re.compile(rf"([<>≤]?)({MINUS}?\d+(?:\.\d+)?(?:e{MINUS}?\d+)?)")
# What stands in the place of a number that does not exist.
ABSENT = ("NE", "withheld", "not estimated", "reference", "\u2013", "descr.")
# Words for a result that is a verdict, and the values each stands for.
VERDICTS = {"rejected": {1.0}, "not rejected": {0.0}, "Pass": {0.0}, "Warning": {1.0}, "Fail": {2.0}}
NOTHING = "Null Report"
# Shares that print as percentages: the mean of a level of a factor.
SHARE = re.compile(r"=[^.]*\.mean$")
# Texts beside numbers that hold digits of their own.
WORDS = re.compile(r"\[[a-z,]+\]$|10\^6")


class Cells(HTMLParser):
    """The body cells of a page in reading order: text, and the results each shows."""

    def __init__(self):
        super().__init__()
        self.rows, self.cell, self.body = [], None, False

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.body = {"tbody": True, "thead": False}.get(tag, self.body)
        if tag == "tr" and self.body:
            self.rows.append([])
        if tag in ("td", "th") and self.body:
            self.cell = ["", tuple((found.get("data-result-id") or "").split())]
        if tag == "br" and self.cell:
            self.cell[0] += "\n"

    def handle_data(self, data):
        if self.cell:
            self.cell[0] += data

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell:
            self.rows[-1].append(tuple(self.cell))
            self.cell = None
        if tag == "table":
            self.body = False


def html_cells(path):
    """Return the cells of a table's page, row by row."""
    reader = Cells()
    reader.feed(path.read_text(encoding="utf-8"))
    return [row for row in reader.rows if row]


def rtf_cells(path):
    """Return the texts of all cells of an RTF document in order, its escapes undone by a small parser."""
    text, cells, found, at = path.read_text(encoding="ascii"), [], [], 0
    token = re.compile(
        r"\\u(-?\d+)\?|\\'([0-9a-f]{2})|\\([a-z]+)(-?\d+)? ?|\\([\\{}~_*-])|([{}])|([^\\{}\n]+)|\n"
    )
    units = []

    def flush():
        if units:
            found.append(b"".join(u.to_bytes(2, "little") for u in units).decode("utf-16-le"))
            units.clear()

    while at < len(text):
        match = token.match(text, at)
        assert match, text[at : at + 40]
        at = match.end()
        unit, byte, word, _, symbol, _, plain = match.groups()
        if unit:
            units.append(int(unit) % 65536)
            continue
        flush()
        if byte:
            found.append(bytes.fromhex(byte).decode("cp1252"))
        elif word == "intbl":
            found.clear()
        elif word == "line":
            found.append("\n")
        elif word == "cell":
            cells.append("".join(found).strip())
            found.clear()
        elif symbol in ("\\", "{", "}"):
            found.append(symbol)
        elif plain:
            found.append(plain)
    return cells


def rounded(value, decimals):
    """Return a value with some decimals: half away from zero on twelve significant digits, by fractions."""
    exact = Fraction(f"{value:.11e}")
    scaled = abs(exact) * 10**decimals
    whole = int(scaled + Fraction(1, 2))
    digits = str(whole).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"{MINUS}{text}" if exact < 0 and whole else text


def fault(sign, text, value):
    """Return why a printed number is not the value; an empty text where it is."""
    mantissa, _, power = text.partition("e")
    if power:
        shift = int(power.replace(MINUS, "-"))
        return fault(sign, mantissa, float(Fraction(f"{value:.11e}") / Fraction(10) ** shift))
    if math.isnan(value):
        return f"{sign}{text} of a result without a value"
    decimals = len(text.partition(".")[2])
    limit = float(text.replace(MINUS, "-"))
    if (sign == "<" and value < limit) or (sign == ">" and value > limit):
        return ""
    expected = rounded(value, decimals)
    if text == expected:
        return "" if sign in ("", "<", "≤") else f"{sign}{text} of {value!r}"
    return f"{sign}{text}, expected {expected} of {value!r}"


def read_ard(path):
    """Return value and error of every result by its id."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {
            row["result_id"]: (float(row["value"]) if row["value"] else math.nan, row["error"])
            for row in csv.DictReader(stream)
        }


def cell_faults(text, ids, ard):
    """Return what is wrong in one cell: each number in turn is that of the result in turn.

    A count of none stands without its percentage, and a value that does not exist as a word.
    """
    words = WORDS.sub("", text).strip()
    numbers = NUMBER.findall(words)
    values = [ard.get(one, (math.nan, "absent"))[0] * (100 if SHARE.search(one) else 1) for one in ids]
    if words in VERDICTS:
        return [] if set(values) <= VERDICTS[words] else [f"{text!r} for {values}"]
    if not numbers:
        shown = words in ABSENT or not words
        empty = all(math.isnan(value) or value == 0 for value in values)
        gone = any(math.isnan(value) for value in values)
        return [] if shown and (gone or empty) else [f"{text!r} for {values}"]
    # None has no percentage, and what did not happen is not said: zeros at the end may be left out.
    values = values[: len(numbers)] if not any(values[len(numbers) :]) else values
    if numbers == [("", "0")] and values[0] == 0:
        return []
    if len(numbers) != len(values):
        return [f"{text!r} has {len(numbers)} numbers for {len(values)} results {ids}"]
    return [f"{why} ({one})" for (sign, number), value, one in zip(numbers, values, ids, strict=False)
            if (why := fault(sign, number, value))]  # fmt: skip


def table_faults(html, rtf, ard):
    """Return the number of results read in a table, and every fault of its HTML and its RTF."""
    faults, read = [], 0
    rows = html_cells(html)
    for row in rows:
        for text, ids in row:
            if ids:
                read += len(ids)
                faults += [f"{html.name}: {why}" for why in cell_faults(text, ids, ard)]
            if re.search(r"(?<![\w.\-/)])-(?=\d)", text) and ids:
                faults.append(f"{html.name}: a hyphen as minus in {text!r}")
    body = [re.sub(r"\s+", " ", text).strip() for row in rows for text, _ in row]
    if len(body) == 1 and body[0].startswith(NOTHING):
        body = []
    printed = [re.sub(r"\s+", " ", text).strip() for text in rtf_cells(rtf)]
    # The headings of the pages stand before the body.
    if body != printed[len(printed) - len(body) :]:
        at = next((i for i, (a, b) in enumerate(zip(body[::-1], printed[::-1], strict=False)) if a != b), 0)
        faults.append(f"{rtf.name}: cells differ from the HTML, from the end at {at}")
    return read, faults


def page_notes(path):
    """Return the notes of a table's page, each as one text."""
    found = path.read_text(encoding="utf-8").split('<ul class="notes">')[1].split("</ul>")[0]
    return [
        unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in re.findall(r"<li>(.*?)</li>", found, re.S)
    ]


def read_glossary(paths):
    """Return every abbreviation that some table explains in its first note, with its meaning."""
    known = {}
    for path in paths:
        first = page_notes(path)[0]
        entries = [entry.partition(": ") for entry in first.rstrip(".").split("; ")]
        if all(name and meaning and re.fullmatch(r"[^\s:]+", name) for name, _, meaning in entries):
            known |= {name: meaning for name, _, meaning in entries}
    return known


def glossary_faults(name, text, known):
    """Return which abbreviations an output explains and does not use, or uses and does not explain."""
    listed = {short for short, meaning in known.items() if f"{short}: {meaning}" in text}
    for short in listed:
        text = text.replace(f"{short}: {known[short]}", "", 1)
    longest = sorted(known, key=len, reverse=True)
    used = set(re.findall(rf"(?<!\w)({'|'.join(map(re.escape, longest))})s?(?!\w)", text))
    return [f"{name}: explains {one}, which is not there" for one in sorted(listed - used)] + [
        f"{name}: uses {one} without saying what it is" for one in sorted(used - listed)
    ]


def page_text(path):
    """Return what a table's page prints in its main part."""
    body = path.read_text(encoding="utf-8").split("<main")[1].split("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def picture_text(path):
    """Return what a picture prints, its notes in reading order (they are written from below)."""
    texts = ["".join(one.itertext()) for one in ET.parse(path).getroot().iter() if one.tag.endswith("}text")]
    return " ".join(" ".join(texts[::-1]).split())
