"""What a CLIP learns from: whole pictures and cutouts, and the features of a frozen trunk."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

from translate import Batch
from translate.batch import seed_for
from translate_clip.nets.clip import normalised
from translate_clip.nets.cutouts import CutoutSettings, cutouts, draw
from translate_clip.nets.mobilenet import MobileNetV2, fold_norms
from translate_clip.nets.painter import prepare

_MOST = 2**16
"""Features that are remembered: 5 kB each."""


def views_of(batch: Batch, count: int) -> list[int]:
    """Return which view of each picture its turn is; 0 is the whole picture."""
    return [seed % count for seed in batch.seeds]


def seen(pictures: Tensor, keys: Sequence[str], views: Sequence[int]) -> Tensor:
    """Return the views of pictures: each is always the same, decided by key and number.

    They are cut as `clip-guide` cuts, of at least half the side.

    Shape: (B, 3, S, S) in [0, 1] -> the same, about [0, 1].
    """
    rows = [
        picture if view == 0 else _cut(picture, seed_for("view", key, view))
        for picture, key, view in zip(torch.split(pictures, 1), keys, views, strict=True)
    ]
    return torch.cat(rows)


def _cut(picture: Tensor, seed: int) -> Tensor:
    settings = CutoutSettings(1, picture.shape[-1], smallest=0.5)
    draws = draw(settings, [torch.Generator().manual_seed(seed)])
    with torch.autocast(picture.device.type, enabled=False):
        return cutouts(picture, settings, draws).clamp(0, 1)


class FrozenTrunk:
    """Features of an image tower's trunk that does not learn.

    A view that was seen before costs nothing: its features are remembered. Each is computed alone,
    so that they are the same bits whatever else is in the batch: a resumed run has to find them
    again.
    """

    def __init__(self, trunk: MobileNetV2, device: torch.device) -> None:
        self.net = copy.deepcopy(trunk).eval()
        fold_norms(self.net)
        prepare(self.net, device)
        self.known: dict[tuple[str, int, bytes], Tensor] = {}

    @torch.no_grad()
    def __call__(self, pictures: Tensor, keys: Sequence[str], views: Sequence[int]) -> Tensor:
        """Return features. Shape: (B, 3, S, S) in [0, 1] -> (B, features)."""
        rows = []
        for picture, key, view in zip(torch.split(pictures, 1), keys, views, strict=True):
            name = key, view, _digest(picture)
            if name not in self.known:
                if len(self.known) >= _MOST:
                    self.known.clear()
                self.known[name] = self._features(seen(picture, [key], [view]))
            rows.append(self.known[name])
        return torch.cat(rows)

    def _features(self, picture: Tensor) -> Tensor:
        with torch.autocast(picture.device.type, enabled=False):
            laid_out = picture.contiguous(memory_format=torch.channels_last)
            features: Tensor = self.net(normalised(laid_out))
        return features


def _digest(picture: Tensor) -> bytes:
    """Return what tells crops of one picture apart."""
    pixels = picture.mul(255).round().byte().cpu().numpy().tobytes()
    return hashlib.blake2b(pixels, digest_size=16).digest()
