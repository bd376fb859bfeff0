"""Writes small PNG files of every kind with Pillow, and the RGB samples PNGTests expects, composited on white.

Run: pip install pillow numpy && python make_format_fixture.py
"""
import json
import pathlib

import numpy as np
from PIL import Image

here = pathlib.Path(__file__).parent
width, height = 9, 5
y, x = np.mgrid[0:height, 0:width]
rgb = np.stack([x * 28, y * 60, (x * y * 7) % 256], -1).astype(np.uint8)
gray = (x * 20 + y * 13).astype(np.uint8)
alpha = ((x * 31 + y * 17) % 256).astype(np.uint8)
expected = {}


def save(name, picture, samples, **options):
    picture.save(here / f"{name}.png", **options)
    expected[name] = np.asarray(samples, np.uint8).ravel().tolist()


def on_white(color, a):
    a = a[..., None].astype(float) / 255
    return np.floor(color * a + 255 * (1 - a) + 0.5)


triple = lambda g: np.repeat(np.asarray(g)[..., None], 3, -1)
palette = Image.fromarray(rgb).quantize(16)
save("palette", palette, palette.convert("RGB"))
save("gray", Image.fromarray(gray), triple(gray))
bits = Image.fromarray((gray > 90).astype(np.uint8) * 255).convert("1")
save("gray1", bits, triple(np.asarray(bits.convert("L"))))
deep = gray.astype(np.uint16) * 257
save("gray16", Image.fromarray(deep), triple(gray))
save("rgba", Image.fromarray(np.dstack([rgb, alpha])), on_white(rgb, alpha))
flat = np.asarray(palette.convert("RGB"))
index = np.asarray(palette)
save("palette-alpha", palette, on_white(flat, np.where(index == index[0, 0], 0, 255)), transparency=int(index[0, 0]))


def interlaced(samples):
    """An Adam7 file, made by hand because Pillow does not write them."""
    import struct
    import zlib

    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for row in samples[y0::dy, x0::dx]:
            if row.size:
                raw += b"\0" + row.tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


(here / "interlaced.png").write_bytes(interlaced(rgb))
assert np.array_equal(np.asarray(Image.open(here / "interlaced.png")), rgb)
expected["interlaced"] = rgb.ravel().tolist()
(here / "formats.json").write_text(json.dumps(expected) + "\n")
