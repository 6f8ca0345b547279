"""What the program has made, as samples again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from translate.batch import Batch
from translate.images import resize_alpha, to_array
from translate.run.frame import Frame, down
from translate.run.regions import Whole, size_of

if TYPE_CHECKING:
    from numpy.typing import DTypeLike
    from torch import Tensor

    from translate.images import Samples

_ROWS = 64
"""Rows that are rounded at a time: rounding takes several copies."""


def frames_of(frames: Sequence[Frame], given: Batch | None, made: Batch) -> list[Frame]:
    """Return what has been made as samples; what no step has touched, as it was read."""
    untouched = given is not None and made.image is given.image
    images = [f.image for f in frames] if untouched else down(made.image, frames[0].image)
    alphas = [frame.alpha for frame in frames]
    if made.alpha is None:
        alphas = [None] * len(frames)
    elif given is None or made.alpha is not given.alpha:
        like = frames[0].image if frames[0].alpha is None else frames[0].alpha
        alphas = [alpha[..., 0] for alpha in down(made.alpha, like)]
    rows = made.info or ({},) * len(frames)
    films = [None] * len(frames) if made.film is None else made.film.unbind(0)
    return [
        frame.replace(
            image=image,
            alpha=_sized(alpha, image),
            info={**frame.info, **row},
            film=None if film is None else tuple(down(film, image)),
        )
        for frame, image, alpha, row, film in zip(frames, images, alphas, rows, films, strict=True)
    ]


def _sized(alpha: Samples | None, image: Samples) -> Samples | None:
    return None if alpha is None else resize_alpha(alpha, image.shape[0], image.shape[1])


def from_stripes(frame: Frame, whole: Whole, scale: int, found: Iterator[Tensor]) -> Frame:
    """Return a picture that is never in memory as floats: each stripe is rounded as it comes."""
    import numpy as np

    height, width = (side * scale for side in size_of(whole))
    image, top = None, 0
    for rows in _samples(found, frame.image.dtype):
        if image is None:
            image = np.empty((height, width, rows.shape[2]), frame.image.dtype)
        image[top : top + len(rows)] = rows
        top += len(rows)
    if image is None:
        raise ValueError("a picture has at least one stripe")
    if isinstance(whole, Frame):
        return frame.replace(image=image, alpha=_sized(frame.alpha, image))
    alpha = None if whole.alpha is None else down(whole.alpha, frame.image)[0][..., 0]
    return frame.replace(image=image, alpha=_sized(alpha, image))


def _samples(found: Iterator[Tensor], dtype: DTypeLike) -> Iterator[Samples]:
    for stripe in found:
        for top in range(0, stripe.shape[-2], _ROWS):
            yield to_array(stripe[..., top : top + _ROWS, :], dtype)
