"""Same bytes, same but for last digits, different: the neighbouring verdict would mislead whoever verifies."""

import struct
import zlib

import pytest

from trial.review.sameness import PICTURE, changed_keys, compare_files, compare_manifests

ARD = (
    b"result_id,value,n\nHBA1C.PRIMARY.M6.diff,-0.7141592653589793,60\nHBA1C.PRIMARY.us.gradient,9.3e-15,60\n"
)
CASES = {
    "the last digit of a number": (b"-0.7141592653589793", b"-0.7141592653589790", "last digits"),
    "just within 1e-9": (b"-0.7141592653589793", b"-0.7141592660", "last digits"),
    "just beyond 1e-9": (b"-0.7141592653589793", b"-0.7141592662", "different"),
    "a sign": (b"-0.7141592653589793", b"0.7141592653589793", "different"),
    "what is zero in exact arithmetic": (b"9.3e-15", b"-1.8e-15", "last digits"),
    "not zero": (b"9.3e-15", b"9.3e-11", "different"),
    "a count": (b"60\nHBA1C.PRIMARY.us", b"61\nHBA1C.PRIMARY.us", "different"),
    "a value that is not there": (b"-0.7141592653589793", b"", "different"),
    "an infinity": (b"-0.7141592653589793", b"-1e999", "different"),
    "a name": (b"diff", b"ratio", "different"),
    "a further line": (b"\n", b"\n\n", "different"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_number_is_the_same_to_1e9_or_zero_and_everything_else_is_text(case):
    old, new, verdict = CASES[case]
    assert ARD.count(old) >= 1
    found = compare_files("ard.csv", ARD, ARD.replace(old, new, 1))
    assert found.verdict == verdict
    assert found.words


def test_equal_bytes_need_no_words():
    assert (compare_files("ard.csv", ARD, ARD).verdict, compare_files("ard.csv", ARD, ARD).words) == (
        "same",
        "",
    )


def test_the_worst_of_several_numbers_is_named():
    other = ARD.replace(b"-0.7141592653589793", b"-0.71415926536").replace(b"9.3e-15", b"1e-3")
    assert compare_files("ard.csv", ARD, other).words == "1 numbers, most 9.3e-15 and 1e-3"


def test_two_infinities_are_no_number_that_is_close():
    assert compare_files("a", b"1e999", b"2e999").verdict == "different"


def test_the_place_of_another_text_is_named():
    assert compare_files("a.csv", b"a\nb\nc", b"a\nB\nc").words == "first in line 2"


def picture(rows, level, head=b"\x00\x00\x00\x02"):
    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    return PICTURE + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, level)) + chunk(b"IEND", b"")


def test_pictures_are_compared_by_their_pixels():
    rows = bytes(range(200)) * 4
    assert picture(rows, 1) != picture(rows, 9)
    assert compare_files("f.png", picture(rows, 1), picture(rows, 9)).verdict == "last digits"
    assert compare_files("f.png", picture(rows, 1), picture(rows[:-1] + b"\x00", 1)).verdict == "different"
    assert (
        compare_files("f.png", picture(rows, 1), picture(rows, 9, b"\x00\x00\x00\x03")).verdict == "different"
    )


def test_a_damaged_picture_is_different():
    whole = picture(bytes(range(200)), 1)
    assert compare_files("f.png", whole, whole[:60]).verdict == "different"
    assert compare_files("f.png", whole[:60], whole[:61]).verdict == "different"


MANIFEST = {
    "lock": {"lock_id": "L-1", "files": [{"path": "a.csv", "sha256": "0"}]}, "seeds": {},
    "config": {"content": {"printing": {"ratio_decimals": 2}, "arms": ["A", "B"]}}, "code": {"Snakefile": "1"},
    "environment": {"libc": "glibc 2.36"}, "outputs": {"results/ard.csv": "2"}, "run": {"finished": "noon"},
}  # fmt: skip


def test_run_and_outputs_of_a_manifest_are_not_compared_and_another_environment_is_a_reason_not_a_difference():
    other = MANIFEST | {"run": {"finished": "night"}, "outputs": {}}
    assert [one.verdict for one in compare_manifests("m", MANIFEST, other)] == ["same"]
    (found,) = compare_manifests("m", MANIFEST, other | {"environment": {"libc": "glibc 2.41"}})
    assert (found.name, found.verdict, found.words) == ("m, environment", "last digits", "libc")
    (found,) = compare_manifests("m", MANIFEST, other | {"code": {"Snakefile": "9"}})
    assert (found.name, found.verdict, found.words) == ("m, code", "different", "Snakefile")


def test_changed_keys_are_dotted_and_in_order():
    one = {"printing": {"ratio_decimals": 2, "p_values": "sas4"}, "arms": ["A", "B"], "visits": [1, 2]}
    two = {
        "printing": {"ratio_decimals": 3, "p_values": "sas4"},
        "arms": ["A", "C"],
        "visits": [1],
        "new": None,
    }
    assert changed_keys(one, two) == ["printing.ratio_decimals", "arms.1", "visits"]
    assert changed_keys({"a": 1}, {"a": True}) == ["a"]
    assert changed_keys(one, one) == []
