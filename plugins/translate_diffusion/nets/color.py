"""CIE L*a*b* (D65, from linear sRGB, IEC 61966-2-1), split so that lightness stays what it was."""

from __future__ import annotations

import torch
from torch import Tensor

_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_FROM_XYZ: list[list[float]] = torch.tensor(_TO_XYZ, dtype=torch.float64).inverse().tolist()
_WHITE = (0.950456, 1.0, 1.088754)
_DELTA = 6 / 29


def linear(image: Tensor) -> Tensor:
    """Return sRGB values as linear light, both in [0, 1]."""
    return torch.where(
        image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055).clamp_min(0) ** 2.4
    )


def gamma(light: Tensor) -> Tensor:
    """Return linear light as sRGB values: the inverse of `linear`, also beyond 1."""
    bent = 1.055 * light.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, light * 12.92, bent)


def _bend(t: Tensor) -> Tensor:
    return torch.where(t > _DELTA**3, t.clamp_min(1e-8) ** (1 / 3), t / (3 * _DELTA**2) + 4 / 29)


def _unbend(f: Tensor) -> Tensor:
    return torch.where(f > _DELTA, f**3, 3 * _DELTA**2 * (f - 4 / 29))


def _weighted(light: Tensor, row: int) -> Tensor:
    r, g, b = _TO_XYZ[row]
    return (light[:, :1] * r + light[:, 1:2] * g + light[:, 2:] * b) / _WHITE[row]


def lightness(image: Tensor) -> Tensor:
    """Return L* (B, 1, H, W) in [0, 100] of an sRGB or gray picture (B, 3 or 1, H, W)."""
    light = linear(image)
    return 116 * _bend(_weighted(light, 1) if image.shape[1] == 3 else light) - 16


def chroma(image: Tensor) -> Tensor:
    """Return a* and b* (B, 2, H, W), about [-110, 110], of an sRGB picture (B, 3, H, W)."""
    light = linear(image)
    x, y, z = (_bend(_weighted(light, row)) for row in range(3))
    return torch.cat([500 * (x - y), 200 * (y - z)], 1)


def _light(y: Tensor, ab: Tensor) -> Tensor:
    """Return linear sRGB of bent luminance and chroma; outside [0, 1] where out of gamut."""
    x = _unbend(y + ab[:, :1] / 500) * _WHITE[0]
    z = _unbend(y - ab[:, 1:] / 200) * _WHITE[2]
    y = _unbend(y)
    # Sums, not a product of matrices: that would be rounded to bfloat16 or TF32 where they are on.
    return torch.cat([x * a + y * b + z * c for a, b, c in _FROM_XYZ], 1)


def join(light: Tensor, ab: Tensor) -> Tensor:
    """Return the sRGB picture of lightness and chroma.

    Where a colour does not exist at that lightness, its chroma is shortened until it does, so
    that lightness is kept.

    Shape:
        light: (B, 1, H, W) in [0, 100]. ab: (B, 2, H, W). Returns (B, 3, H, W) in [0, 1].
    """
    y = (light + 16) / 116
    rgb = _light(y, ab)
    outside = ~_fits(rgb)[:, 0]
    if outside.any():
        rgb.movedim(1, -1)[outside] = _into_gamut(_rows(y, outside), _rows(ab, outside))
    return gamma(rgb.clamp(0, 1))


def _fits(rgb: Tensor) -> Tensor:
    """Say where linear colours (B, 3, H, W) are in gamut. Returns (B, 1, H, W)."""
    low, high = rgb.aminmax(dim=1, keepdim=True)
    return (low >= -1e-4) & (high <= 1 + 1e-4)


def _rows(image: Tensor, where: Tensor) -> Tensor:
    """Return the N pixels that a mask (B, H, W) chooses, as a picture (1, C, N, 1)."""
    return image.movedim(1, -1)[where].T.contiguous()[None, :, :, None]


def _into_gamut(y: Tensor, ab: Tensor) -> Tensor:
    """Bisect for the largest share of the chroma that is in gamut.

    Shape:
        y: (1, 1, N, 1). ab: (1, 2, N, 1). Returns linear sRGB (N, 3).
    """
    low, high = torch.zeros_like(y), torch.ones_like(y)
    for _ in range(7):
        middle = (low + high) / 2
        fits = _fits(_light(y, ab * middle))
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    return _light(y, ab * low)[0, :, :, 0].T
