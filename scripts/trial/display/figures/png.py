"""Pictures as PNG whose line of the data lock can be exchanged without drawing or packing the rest anew."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trial.study.errors import DataError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PACKING = 2  # a stronger one takes more time for a few kilobytes
RGB = 2
ADLER = 65521
# A private chunk: rows above and in the band, checksums of what stands above and below it.
BAND = b"loCk"


def encode_png(pixels: NDArray[np.uint8], top: int, band: NDArray[np.uint8]) -> bytes:
    """Return a picture as PNG with a band of its rows packed apart.

    Parameters
    ----------
    pixels : array (height, width, 3)
    top : int
        The first row of the band.
    band : array (rows, width, 3)
        What stands in the band, in place of the picture's own rows.
    """
    height, width, _ = pixels.shape
    above, below = _filtered(pixels[:top]), _filtered(pixels[top + len(band) :])
    head = struct.pack(">IIBBBBB", width, height, 8, RGB, 0, 0, 0)
    sums = zlib.adler32(above), len(above), zlib.adler32(below), len(below)
    middle, end = _packed_band(band, *sums)
    chunks = (
        (b"IHDR", head),
        (BAND, struct.pack(">IIII", *sums)),
        # Zlib's two bytes: a window of 32 KB, a fast packing.
        (b"IDAT", b"\x78\x01" + _packed(above, last=False)),
        (b"IDAT", middle),
        (b"IDAT", _packed(below, last=True)),
        (b"IDAT", end),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def replace_band(png: bytes, band: NDArray[np.uint8]) -> bytes:
    """Return a picture of `encode_png` with another band of as many rows: the bytes that it would give.

    Raises
    ------
    DataError
        If the picture is none of `encode_png`, or its band has another size.
    """
    chunks = list(_chunks(png))
    if [kind for kind, _ in chunks] != [b"IHDR", BAND, b"IDAT", b"IDAT", b"IDAT", b"IDAT", b"IEND"]:
        raise DataError("a picture", "it was not drawn by this pipeline", hint="delete it and run again")
    width, height = struct.unpack_from(">II", chunks[0][1])
    _, above, _, below = struct.unpack(">IIII", chunks[1][1])
    if (height * (1 + 3 * width), width) != (above + below + len(_filtered(band)), band.shape[1]):
        raise DataError("a picture", "its line of the lock has another size", hint="delete it and run again")
    middle, end = _packed_band(band, *struct.unpack(">IIII", chunks[1][1]))
    chunks[3], chunks[5] = (b"IDAT", middle), (b"IDAT", end)
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _filtered(rows: NDArray[np.uint8]) -> bytes:
    """Return rows as PNG has them: a byte for the kind of filter (none), then the row."""
    count, width, _ = rows.shape
    filtered = np.zeros((count, 1 + 3 * width), np.uint8)
    filtered[:, 1:] = rows.reshape(count, 3 * width)
    return filtered.tobytes()


def _packed(content: bytes, last: bool) -> bytes:
    """Return bytes deflated, ending at a whole byte; the next part may follow unless it is the last."""
    packer = zlib.compressobj(PACKING, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def _packed_band(
    band: NDArray[np.uint8], above: int, size_above: int, below: int, size_below: int
) -> tuple[bytes, bytes]:
    """Return the band deflated, and the checksum of the whole picture."""
    content = _filtered(band)
    whole = _joined(above, zlib.adler32(content), len(content))
    return _packed(content, last=False), struct.pack(">I", _joined(whole, below, size_below))


def _joined(first: int, second: int, size: int) -> int:
    """Return the Adler-32 checksum of two byte strings, one after the other, from theirs (RFC 1950, 8.2)."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % ADLER
    high = ((first >> 16) + (second >> 16) + size * ((first & 0xFFFF) - 1)) % ADLER
    return high << 16 | low


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12
