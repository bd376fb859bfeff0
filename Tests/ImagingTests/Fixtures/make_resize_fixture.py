"""Writes resize.json: what Pillow's LANCZOS makes of a small synthetic picture, for LanczosTests.

Run: pip install pillow && python make_resize_fixture.py
The input is not stored; both sides compute it: sample (x, y, c) = (x*x*7 + y*13 + x*y*(c+3) + c*71) mod 256.
"""
import json
import pathlib

import PIL
from PIL import Image

SIZES = [(9, 7), (8, 8), (1, 1), (5, 20), (31, 23), (17, 4), (3, 11)]
WIDTH, HEIGHT = 17, 11

picture = Image.new("RGB", (WIDTH, HEIGHT))
picture.putdata([
    tuple((x * x * 7 + y * 13 + x * y * (c + 3) + c * 71) % 256 for c in range(3))
    for y in range(HEIGHT) for x in range(WIDTH)
])
cases = [
    {"width": w, "height": h, "pixels": picture.resize((w, h), Image.Resampling.LANCZOS).tobytes().hex()}
    for w, h in SIZES
]
fixture = {"pillow": PIL.__version__, "inputWidth": WIDTH, "inputHeight": HEIGHT, "cases": cases}
pathlib.Path(__file__).with_name("resize.json").write_text(json.dumps(fixture, indent=1) + "\n")
