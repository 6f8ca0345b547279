"""Pictures and colour profiles made on the spot."""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import DTypeLike
from PIL import Image

Maker = Callable[..., Any]

# D50-adapted primaries and gamma (Adobe RGB (1998) specification; SMPTE EG 432-1)
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
WIDE = {"adobe": (ADOBE, 2.19921875), "p3": (P3, 2.2)}


@pytest.fixture(scope="session")
def samples() -> Maker:
    """Make smooth samples (H, W, C) with a little noise in the lowest bits."""

    def make(
        height: int = 37,
        width: int = 53,
        channels: int = 3,
        dtype: DTypeLike = np.uint8,
        phase: float = 0.0,
    ) -> Any:
        top = np.iinfo(dtype).max
        y, x = np.mgrid[:height, :width] / max(height, width)
        planes = [0.5 + 0.45 * np.sin(5 * x * (k + 1) + 3 * y + phase + k) for k in range(channels)]
        noise = np.random.default_rng(7).uniform(-0.02, 0.02, (height, width, channels))
        return np.rint((np.stack(planes, -1) + noise).clip(0, 1) * top).astype(dtype)

    return make


@pytest.fixture(scope="session")
def file_of() -> Maker:
    """Save a Pillow picture (or an array) with Pillow's own writers; return the bytes."""

    def save(image: Any, format: str, **options: Any) -> bytes:
        file = io.BytesIO()
        picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
        picture.save(file, format, **options)
        return file.getvalue()

    return save


def _profile(space: bytes, kind: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    place = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, place + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", place + len(body), bytes(4), 0x02400000, kind, space, connection
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


@pytest.fixture(scope="session")
def rgb_profile() -> Maker:
    """Make a profile of a wide gamut: "adobe" or "p3"; the curve as gamma, formula or table."""

    def make(name: str = "adobe", curve: str = "gamma") -> bytes:
        primaries, gamma = WIDE[name]
        if curve == "gamma":
            trc = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))
        elif curve == "formula":
            srgb = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
            trc = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*srgb)
        else:
            values = np.rint(np.linspace(0, 1, 256) ** gamma * 65535).astype(int)
            trc = b"curv" + bytes(4) + struct.pack(">I256H", 256, *values)
        tags = {b"wtpt": b"XYZ " + bytes(4) + _fixed(0.9642, 1.0, 0.8249)}
        for letter, xyz in zip((b"r", b"g", b"b"), primaries, strict=True):
            tags[letter + b"XYZ"] = b"XYZ " + bytes(4) + _fixed(*xyz)
            tags[letter + b"TRC"] = trc
        return _profile(b"RGB ", b"mntr", b"XYZ ", tags)

    return make


@pytest.fixture(scope="session")
def gray_profile() -> bytes:
    """A gray profile of gamma 1: what it calls 128 is much lighter in sRGB."""
    linear = b"curv" + bytes(4) + struct.pack(">IH", 1, 256)
    white = b"XYZ " + bytes(4) + _fixed(0.9642, 1.0, 0.8249)
    return _profile(b"GRAY", b"mntr", b"XYZ ", {b"wtpt": white, b"kTRC": linear})


@pytest.fixture(scope="session")
def cmyk_profile() -> bytes:
    """A CMYK profile of a gray world: each ink takes its share of lightness, none has a hue."""
    table = b"mft1" + bytes(4) + struct.pack(">BBBx", 4, 3, 2) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += bytes(range(256)) * 4
    for inks in itertools.product((0, 1), repeat=4):
        light = max(0.0, 1 - 0.2 * sum(inks[:3]) - inks[3])
        table += bytes((round(255 * light), 128, 128))
    table += bytes(range(256)) * 3
    white = b"XYZ " + bytes(4) + _fixed(0.9642, 1.0, 0.8249)
    return _profile(b"CMYK", b"prtr", b"Lab ", {b"wtpt": white, b"A2B0": table})
