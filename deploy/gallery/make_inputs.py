#!/usr/bin/env python3
"""Draws the small pictures and masks that deploy/gallery.yaml uses, beside itself. Needs the standard library only."""
import math
import pathlib
import struct
import zlib

SIDE = 64


def write(name, color):
    """Writes an RGB PNG of SIDE × SIDE pixels with the colour (0 to 255 each) of every place."""
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)
        for x in range(SIDE):
            rows += bytes(max(0, min(255, round(value))) for value in color(x, y))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")
    (pathlib.Path(__file__).parent / name).write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def sunset(x, y):
    if y >= 40:
        return 40, 20, 60
    if (x - 32) ** 2 + (y - 34) ** 2 < 64:
        return 255, 230, 90
    return 90 + 4 * y, 40 + 2.2 * y, 110 - 1.5 * y


def hills(x, y):
    if y > 40 + 6 * math.sin(x / 9):
        return 50, 150 - y, 50
    return 110 + 2 * y, 170 + y, 235


WHITE, BLACK = (255, 255, 255), (0, 0, 0)
write("sunset.png", sunset)
write("hills.png", hills)
write("left.png", lambda x, y: WHITE if x < SIDE / 2 else BLACK)
write("spot.png", lambda x, y: WHITE if (x - 31.5) ** 2 + (y - 31.5) ** 2 < 18**2 else BLACK)
