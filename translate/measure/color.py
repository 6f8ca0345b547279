"""Errors of colour alone."""

from __future__ import annotations

from torch import Tensor


def ab_error(result: Tensor, truth: Tensor) -> Tensor:
    """Return the mean distance in the a-b plane of CIE Lab (D65): 0 where hue and chroma agree.

    Lightness does not count, so a colourised picture is judged by its colours alone. Pictures
    have 3 channels.
    """
    # kornia takes a while to import, and only this measure needs it.
    from kornia.color import rgb_to_lab

    difference: Tensor = rgb_to_lab(result)[:, 1:] - rgb_to_lab(truth)[:, 1:]
    return difference.square().sum(1).sqrt().mean((1, 2))
