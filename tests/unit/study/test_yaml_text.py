"""What YAML takes for something else than its author meant is refused, with file, line and key."""

import pytest
from pydantic import BaseModel, ConfigDict

from trial.study.errors import ConfigError
from trial.study.load import parse, read_yaml


class Study(BaseModel):
    """A model with one key of each kind."""

    model_config = ConfigDict(strict=True, extra="forbid")
    level: float = 0.95
    count: int = 3
    name: str = "x"
    flag: bool = True
    arms: dict[str, str] = {}
    inner: "Study | None" = None


def read(tmp_path, content):
    path = tmp_path / "config.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return parse(Study, read_yaml(path), str(path))


REFUSED = {
    "octal": ("a: 1\ncount: 010", "line 2, count: '010' would be read as the number 8: write 8"),
    "hexadecimal": ("count: 0x10", "line 1, count: '0x10' would be read as the number 16"),
    "binary": ("count: 0b11", "'0b11' would be read as the number 3"),
    "sexagesimal": ("inner:\n  count: 12:30", "line 2, inner.count: '12:30' would be read as the number 750"),
    "sexagesimal with a fraction": ("level: 1:30.5", "'1:30.5' would be read as the number 90.5"),
    "underscores": ("count: 1_000", "'1_000' would be read as the number 1000"),
    "underscores in a decimal": ("level: 1_0.5", "'1_0.5' would be read as the number 10.5"),
    "not a number": ("level: .nan", "line 1, level: '.nan' is no number that a study can have"),
    "infinity": ("level: -.inf", "'-.inf' is no number"),
    "infinity by size": ("level: 1.0e+400", "'1.0e+400' is no number"),
    "an exponent": ("level: 1e-3", "level: Input should be a valid number, found '1e-3' (YAML takes it for a text: write 0.001) (line 1)"),
    "an exponent of a whole number": ("count: 1e3", "found '1e3' (YAML takes it for a text: write 1000) (line 1)"),
    "a leading zero": ("count: 08", "found '08' (YAML takes it for a text: write 8)"),
    "a huge exponent": ("level: 1e400", "level: Input should be a valid number, found '1e400' (line 1)"),
    "a decimal comma": ("level: 0,95", "found '0,95' (a decimal number is written with a point)"),
    "quotes": ("level: '0.95'", "found '0.95' (a text, because it is in quotes: take them away)"),
    "yes": ("flag: true\nname: yes", "name: Input should be a valid string (put it in quotes), found yes, which is true in YAML (line 2)"),
    "NO": ("arms:\n  a: NO", "arms.a: Input should be a valid string (put it in quotes), found NO, which is false in YAML (line 2)"),
    "a date": ("name: 2024-01-02", "found 2024-01-02, which is a date in YAML (line 1)"),
    "a version": ("name: 1.10", "(put it in quotes), found 1.10 (line 1)"),
    "nothing": ("name:", "name: Input should be a valid string, found nothing (line 1)"),
    "a date that is none": ("name: 2024-02-30", "line 1, name: '2024-02-30' looks like a date or a number and is none"),
    "a tab": ("inner:\n\tcount: 1", "line 2, column 1: a tab stands where YAML wants spaces"),
    "twice": ("name: a\nname: b", "line 2, column 1: key 'name' stands twice"),
    "a list as key": ("arms: {? [a] : x}", "line 1, column 10: a list or a section stands where a key should be"),
    "two documents": ("name: a\n---\nname: b", "line 2, column 1: but found another document"),
    "not closed": ("name: 'a", "found unexpected end of stream (while scanning a quoted scalar, begun in line 1)"),
    "a tag": ("name: !!python/object:os.system x", "could not determine a constructor"),
    "holds itself": ("inner: &i\n  inner: *i", "line 1, column 8: this section holds itself"),
    "a list that holds itself": ("arms: &i [*i]", "this section holds itself"),
    "repetition": (
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)),
        "named sections are used inside each other again and again",
    ),
    "brackets": ("[" * 60, "stand too deeply inside each other"),
    "a control character": ("name: a\ncount: \x07", "line 2: a character that no text has (#x0007)"),
    "no UTF-8": (b"name: a\nflag: \xe4", "not UTF-8: line 2 has the byte 0xe4"),
    "UTF-16": ("name: a".encode("utf-16"), "not UTF-8: line 1 has the byte 0xff"),
    "empty": ("", "expected sections with keys, found nothing"),
    "comments only": ("# a\n", "expected sections with keys, found nothing"),
    "a list": ("- a", "expected sections with keys, found a list"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_yaml_would_misread_is_refused(tmp_path, case):
    content, expected = REFUSED[case]
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, content)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'config.yaml'}: ")
    assert expected in text
    assert "\n  What to do: " in text


READ = {
    "a byte-order mark": (b"\xef\xbb\xbfname: a", {"name": "a"}),
    "carriage returns": (b"name: a\r\ncount: 2\r\n", {"name": "a", "count": 2}),
    "decimal numbers": ("level: 0.05\ncount: -7", {"level": 0.05, "count": -7}),
    "an exponent that YAML knows": ("level: 1.5e-3", {"level": 0.0015}),
    "a zero and a sign": ("count: 0\nlevel: +1.0", {"count": 0, "level": 1.0}),
    "whole numbers for decimals": ("level: 1", {"level": 1.0}),
    "quoted texts of every kind": (
        "name: '010'\narms: {a: 'yes', b: \"12:30\", 'NO': '1e3', c: '2024-01-02'}",
        {"name": "010", "arms": {"a": "yes", "b": "12:30", "NO": "1e3", "c": "2024-01-02"}},
    ),
    "a named section": ("inner: &i {count: 2}\narms: {}", {"inner": {"count": 2}, "arms": {}}),
    "a merged section": ("inner: {<<: {count: 2, name: a}, name: b}", {"inner": {"count": 2, "name": "b"}}),
    "a time of the morning": ("name: 08:15:00", {"name": "08:15:00"}),
    "words for true": ("flag: yes", {"flag": True}),
}


@pytest.mark.parametrize("case", READ)
def test_what_is_plain_is_read(tmp_path, case):
    content, expected = READ[case]
    assert read(tmp_path, content).model_dump(exclude_unset=True) == expected


def test_the_line_is_that_of_the_key_also_where_it_was_merged(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "arms: &a\n  x: b\n  y: 3\ninner:\n  arms:\n    <<: *a\n    x: 4\n  kount: 1\n")
    text = str(caught.value)
    assert "arms.y: Input should be a valid string (put it in quotes), found 3 (line 3)" in text
    assert "inner.arms.x: Input should be a valid string (put it in quotes), found 4 (line 7)" in text
    assert "inner.kount: this key is not known (line 8)" in text


def test_values_that_are_not_in_the_file_have_no_line(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("name: a\n")
    content = read_yaml(path) | {"count": "x"}
    with pytest.raises(ConfigError) as caught:
        parse(Study, content, str(path))
    assert "count: Input should be a valid integer, found 'x'" in str(caught.value)
    assert "(line" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match="the file does not exist"):
        read_yaml(tmp_path / "config.yaml")
    (tmp_path / "config.yaml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path / "config.yaml")
