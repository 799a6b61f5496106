"""A QR code as SVG: a phone takes over from the desk without typing.

ISO/IEC 18004, byte mode, version 4 at level M: 62 bytes in two blocks, enough for a wa.me address.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import format_html
from django.utils.safestring import SafeString

SIZE = 33
CAPACITY = 62
BLOCKS, BLOCK_DATA, BLOCK_CHECKS = 2, 32, 18
ALIGNMENT = 26
# Level M with mask 0, protected and masked as the standard's table gives it.
FORMAT_BITS = 0b101010000010010
Matrix = list[list[bool | None]]


class TooLong(ValueError):
    """The text does not fit into this version of the code."""


def svg(text: str) -> SafeString:
    """Return the code of a text as an SVG picture with its quiet zone, drawn in the current colour."""
    rows = matrix(text)
    dark = ((x + 4, y + 4) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    path = "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)
    side = SIZE + 8
    picture = '<svg viewBox="0 0 {} {}" aria-hidden="true"><path fill="currentColor" d="{}"/></svg>'
    return format_html(picture, side, side, path)


def matrix(text: str) -> list[list[bool]]:
    """Return the modules of the code of a text, row by row, True for dark."""
    grid = _functions()
    bits = _bits(_interleaved(_codewords(text.encode())))
    for y, x in _free(grid):
        grid[y][x] = next(bits, False) != ((y + x) % 2 == 0)
    return [[bool(module) for module in row] for row in grid]


def _codewords(data: bytes) -> bytes:
    """Mode, length, bytes, terminator, and padding up to the capacity."""
    if len(data) > CAPACITY:
        raise TooLong(f"{len(data)} bytes do not fit into {CAPACITY}")
    value = (0b0100 << 8 | len(data)) << 8 * len(data) | int.from_bytes(data)
    words = (value << 4).to_bytes(len(data) + 2)
    return (words + b"\xec\x11" * CAPACITY)[: BLOCKS * BLOCK_DATA]


def _interleaved(words: bytes) -> bytes:
    blocks = [words[start : start + BLOCK_DATA] for start in range(0, len(words), BLOCK_DATA)]
    checks = [_checks(block) for block in blocks]
    return bytes(word for part in (blocks, checks) for column in zip(*part, strict=True) for word in column)


def _multiply(a: int, b: int) -> int:
    """Multiply in the field of 256 elements of the standard."""
    product = 0
    for bit in range(7, -1, -1):
        product = (product << 1) ^ (0x11D if product & 0x80 else 0)
        product ^= a if b >> bit & 1 else 0
    return product


def _checks(block: bytes) -> bytes:
    """The remainder of a block by the generator polynomial: its Reed-Solomon codewords."""
    generator, root = [1], 1
    for _ in range(BLOCK_CHECKS):
        shifted = [*generator, 0]
        generator = [a ^ _multiply(b, root) for a, b in zip(shifted, [0, *generator], strict=True)]
        root = _multiply(root, 2)
    remainder = [0] * BLOCK_CHECKS
    for word in block:
        factor = word ^ remainder[0]
        shifted = [*remainder[1:], 0]
        remainder = [a ^ _multiply(b, factor) for a, b in zip(shifted, generator[1:], strict=True)]
    return bytes(remainder)


def _bits(words: bytes) -> Iterator[bool]:
    return (bool(word >> bit & 1) for word in words for bit in range(7, -1, -1))


def _functions() -> Matrix:
    """The modules that are the same in every code: finders, timing, alignment, format."""
    grid: Matrix = [[None] * SIZE for _ in range(SIZE)]
    for top, left in ((0, 0), (0, SIZE - 7), (SIZE - 7, 0)):
        for y in range(max(top - 1, 0), min(top + 8, SIZE)):
            for x in range(max(left - 1, 0), min(left + 8, SIZE)):
                grid[y][x] = max(abs(y - top - 3), abs(x - left - 3)) in (0, 1, 3)
    for at in range(8, SIZE - 8):
        grid[6][at] = grid[at][6] = at % 2 == 0
    for y in range(ALIGNMENT - 2, ALIGNMENT + 3):
        for x in range(ALIGNMENT - 2, ALIGNMENT + 3):
            grid[y][x] = max(abs(y - ALIGNMENT), abs(x - ALIGNMENT)) != 1
    for bit, places in enumerate(_format_places()):
        for y, x in places:
            grid[y][x] = bool(FORMAT_BITS >> bit & 1)
    grid[SIZE - 8][8] = True
    return grid


def _format_places() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The two places of each format bit, least significant first."""
    first = [(y, 8) for y in (0, 1, 2, 3, 4, 5, 7, 8)] + [(8, x) for x in (7, 5, 4, 3, 2, 1, 0)]
    second = [(8, SIZE - 1 - x) for x in range(8)] + [(SIZE - 7 + y, 8) for y in range(7)]
    return zip(first, second, strict=True)


def _free(grid: Matrix) -> Iterator[tuple[int, int]]:
    """The places of data: columns in pairs from the right, up and down by turns, around the timing column."""
    for turn, right in enumerate((*range(SIZE - 1, 6, -2), 5, 3, 1)):
        rows = range(SIZE) if turn % 2 else range(SIZE - 1, -1, -1)
        for y in rows:
            for x in (right, right - 1):
                if grid[y][x] is None:
                    yield y, x
