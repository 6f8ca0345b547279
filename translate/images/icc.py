"""ICC profiles of curves and a matrix, applied to 16-bit samples (ICC.1:2022, 10.6, 10.18, F.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float32]

_XYZ_D50_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ],
    np.float32,
)
"""Bradford-adapted (Lindbloom)."""
_LEVELS = 65536
_BAND = 1 << 20


@dataclass(frozen=True, slots=True)
class MatrixProfile:
    """A curve per channel, and for colour the matrix from linear light to XYZ (D50)."""

    curves: tuple[_Floats, ...]
    """Linear light of each of 65,536 levels."""
    matrix: _Floats | None
    """(3, 3), columns are the primaries; None for gray."""

    def to_srgb(self, samples: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Return samples (H, W, C) as sRGB; what sRGB cannot show is clipped."""
        result = np.empty_like(samples)
        rows = max(1, _BAND // (samples.shape[1] * samples.shape[2]))
        for top in range(0, len(samples), rows):
            band = samples[top : top + rows]
            linear = np.stack([c[band[..., i]] for i, c in enumerate(self.curves)], -1)
            if self.matrix is not None:
                linear = linear @ (_XYZ_D50_TO_SRGB @ self.matrix).T
            result[top : top + rows] = np.rint(_encode(linear) * (_LEVELS - 1))
        return result


def _encode(linear: _Floats) -> _Floats:
    """Return the sRGB code values in [0, 1] of linear light (IEC 61966-2-1)."""
    light = np.clip(linear, 0, 1)
    curve = 1.055 * np.power(light, 1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, light * 12.92, curve).astype(np.float32)


def matrix_profile(icc: bytes) -> MatrixProfile | None:
    """Read a profile; None where it is one of tables, or broken."""
    try:
        tags = _tags(icc)
        if b"kTRC" in tags:
            return MatrixProfile((_curve(tags[b"kTRC"]),), None)
        if b"A2B0" in tags:
            return None
        primaries = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
        return MatrixProfile(curves, np.array(primaries, np.float32).T)
    except (KeyError, struct.error, ValueError):
        return None


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, 128)
    tags = {}
    for i in range(min(count, 100)):
        name, start, size = struct.unpack_from(">4sII", icc, 132 + 12 * i)
        tags[name] = icc[start : start + size]
    return tags


def _xyz(tag: bytes) -> tuple[float, float, float]:
    x, y, z = struct.unpack_from(">iii", tag, 8)
    return x / 65536, y / 65536, z / 65536


def _curve(tag: bytes) -> _Floats:
    level = np.linspace(0, 1, _LEVELS)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            light = level
        elif count == 1:
            light = level ** (struct.unpack_from(">H", tag, 12)[0] / 256)
        else:
            table = np.frombuffer(tag, ">u2", count, 12) / 65535
            light = np.interp(level, np.linspace(0, 1, count), table)
    elif tag[:4] == b"para":
        light = _parametric(tag, level)
    else:
        raise ValueError("neither curve nor formula")
    return light.astype(np.float32)


def _parametric(tag: bytes, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a parametricCurveType, table 68: (a x + b)^g + e from d on, c x + f below it."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    wanted = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}.get(kind)
    if wanted is None:
        raise ValueError("unknown formula")
    values = [v / 65536 for v in struct.unpack_from(f">{wanted}i", tag, 12)]
    g, a, b, c, d, e, f = (values + [0.0] * 7)[:7]
    if kind == 0:
        return np.asarray(level**g)
    if kind in (1, 2):
        # below d = -b / a the curve is flat at 0, or at c, which kind 2 also adds above
        flat, c, d = (c if kind == 2 else 0.0), 0.0, -b / a if a else 0.0
        e, f = flat, flat
    power = np.clip(a * level + b, 0, None) ** g + e
    return np.asarray(np.where(level >= d, power, c * level + f), np.float64)
