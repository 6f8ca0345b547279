"""Compare reading and writing with plain Pillow, as ratios in one run.

    python bench/codecs.py [PICTURE]

Without a picture a synthetic photograph is used. Times are those of the thread (other work on the
machine hardly moves them), the best of several turns taken in alternation.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from translate.images import Picture, decode, encode

SIZES = ((256, 256), (1024, 768))
TURNS = 5

Work = Callable[[], object]


def photograph(side: int = 2048) -> Image.Image:
    """Octaves of noise, shapes with hard edges and a grain of one level."""
    draw = np.random.default_rng(0)
    canvas = np.zeros((side, side, 3), np.float32)
    for octave in range(2, 9):
        noise = np.clip(draw.normal(0, 1, (2**octave, 2**octave, 3)), -2, 2)
        layer = Image.fromarray((noise * 60 + 128).astype(np.uint8)).resize((side, side), 3)
        canvas += (np.asarray(layer, np.float32) - 128) / 1.7 ** (octave - 2)
    for _ in range(40):
        top, left, height, width = draw.integers(0, side // 2, 4)
        canvas[top : top + height, left : left + width] += draw.normal(0, 20, 3)
    canvas += draw.normal(0, 1, canvas.shape)
    return Image.fromarray((canvas + 128).clip(0, 255).astype(np.uint8))


def saved(image: Image.Image, format: str, **options: int) -> bytes:
    """Encode with Pillow."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def loaded(data: bytes) -> np.ndarray:
    """Decode with Pillow, as an array."""
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image)


def compare(ours: Work, theirs: Work) -> tuple[float, float]:
    """Return the best thread times of both in milliseconds."""
    best = [float("inf")] * 2
    for _ in range(TURNS):
        for i, work in enumerate((ours, theirs)):
            start = time.thread_time()
            work()
            best[i] = min(best[i], time.thread_time() - start)
    return best[0] * 1e3, best[1] * 1e3


def report(image: Image.Image) -> None:
    """Print a line for each codec."""
    jpeg, png = saved(image, "JPEG", quality=90), saved(image, "PNG", compress_level=1)
    picture = Picture((np.asarray(image),), None, "PNG")
    deep = Picture((np.asarray(image).astype(np.uint16) * 257,), None, "PNG")
    rows: list[tuple[str, Work, Work]] = [
        ("decode JPEG q90", lambda: decode(jpeg), lambda: loaded(jpeg)),
        ("decode PNG", lambda: decode(png), lambda: loaded(png)),
        (
            "encode JPEG q95 4:4:4",
            lambda: encode(picture, "JPEG"),
            lambda: saved(image, "JPEG", quality=95, subsampling=0),
        ),
        ("encode PNG", lambda: encode(picture, "PNG"), lambda: saved(image, "PNG")),
        (
            "encode PNG, Pillow's RLE",
            lambda: encode(picture, "PNG"),
            lambda: saved(image, "PNG", compress_type=3),
        ),
        (
            "encode PNG, level 6",
            lambda: encode(picture, "PNG", png_level=6),
            lambda: saved(image, "PNG"),
        ),
    ]
    for name, ours, theirs in rows:
        mine, pillow = compare(ours, theirs)
        print(f"  {name:26} {mine:8.2f} ms  {pillow:8.2f} ms  x {pillow / mine:5.2f}")
    mine, pillow = len(encode(picture, "PNG")), len(saved(image, "PNG"))
    print(f"  {'PNG bytes':26} {mine:8}     {pillow:8}     x {mine / pillow:5.2f}")
    start = time.thread_time()
    encode(deep, "PNG")
    print(f"  encode PNG of 16 bits      {(time.thread_time() - start) * 1e3:8.2f} ms")


def main() -> None:
    """Run over all sizes."""
    source = Image.open(Path(sys.argv[1])).convert("RGB") if len(sys.argv) > 1 else photograph()
    for size in SIZES:
        print(f"{size[0]} x {size[1]}: translate, Pillow, times as fast")
        report(source.resize(size, Image.Resampling.BICUBIC))


if __name__ == "__main__":
    main()
