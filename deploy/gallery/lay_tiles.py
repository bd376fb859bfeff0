#!/usr/bin/env python3
"""Lays every picture four times, two by two, and all of these beside each other: shows whether borders fit.

usage: lay_tiles.py OUT.png IN.png…      The inputs are RGB PNGs of one size. Needs the standard library only.
"""
import struct
import sys
import zlib

ZOOM, GAP, GROUND = 3, 16, bytes([255, 255, 255])


def read(path):
    """Rows of three bytes per pixel of an 8-bit RGB PNG without interlacing."""
    data = open(path, "rb").read()
    position, packed = 8, b""
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", body)
            if (depth, color, interlace) != (8, 2, 0):
                sys.exit(f"{path}: not an 8-bit RGB PNG")
        if kind == b"IDAT":
            packed += body
        position += 12 + length
    raw, size, rows = zlib.decompress(packed), 3 * width, []
    above = bytes(size)
    for y in range(height):
        method, row = raw[y * (size + 1)], bytearray(raw[y * (size + 1) + 1 : (y + 1) * (size + 1)])
        for i in range(size):
            left, up = row[i - 3] if i > 2 else 0, above[i]
            corner = above[i - 3] if i > 2 else 0
            # Paeth's choice: of left, up and corner the nearest to left + up - corner.
            paeth = min((abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner))
            row[i] = (row[i] + [0, left, up, (left + up) // 2, paeth[2]][method]) & 255
        rows.append(bytes(row))
        above = row
    return rows


def laid(rows):
    """The rows of two by two copies, every pixel enlarged."""
    wide = [b"".join(row[i : i + 3] * ZOOM for i in range(0, len(row), 3)) * 2 for row in rows]
    return [row for row in wide * 2 for _ in range(ZOOM)]


def write(path, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


if len(sys.argv) < 3:
    sys.exit(__doc__)
sheets = [laid(read(path)) for path in sys.argv[2:]]
write(sys.argv[1], [(GROUND * GAP).join(parts) for parts in zip(*sheets, strict=True)])
