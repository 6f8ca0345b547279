"""Moving latents until CLIP agrees (Crowson et al. 2022), a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer, RAdam

from translate_clip.nets.cutouts import CutoutSettings, cutouts, draw
from translate_clip.nets.losses import Aims, Distance, out_of_range, total_variation

OptimizerName = Literal["adam", "adamw", "radam"]
_OPTIMIZERS: dict[OptimizerName, type[Optimizer]] = {"adam": Adam, "adamw": AdamW, "radam": RAdam}


class Painter(Protocol):
    """The generator as the loop sees it: float32 latents, pictures about [0, 1]."""

    def decode(self, latent: Tensor) -> Tensor:
        """Return the pictures of latents."""
        ...

    def project(self, latent: Tensor) -> Tensor:
        """Return the latents moved to where `decode` is meaningful."""
        ...


@dataclass(frozen=True, slots=True)
class GuideSettings:
    """How the latents are moved."""

    steps: int = 150
    rate: float = 0.1
    optimizer: OptimizerName = "adam"
    distance: Distance = "spherical"
    init_weight: float = 0.0
    tv_weight: float = 0.0
    range_weight: float = 0.0
    ema: float = 0.9
    check_every: int = 10
    patience: int = 0
    """Checks without a better score after which a picture is done; 0 = never."""
    frames: int = 0
    cutouts: CutoutSettings = field(default_factory=CutoutSettings)


@dataclass(slots=True)
class Guided:
    """What came of it.

    Shape:
        latent: as it came in; start, score: (B,); steps: (B,), int64; film: (B, T, 3, H, W).
    """

    latent: Tensor
    start: Tensor
    score: Tensor
    steps: Tensor
    film: Tensor | None = None
    _idle: Tensor | None = None

    def take(self, latent: Tensor, score: Tensor, step: int, patience: int) -> bool:
        """Keep what is better, picture by picture; return whether every picture is done."""
        idle = torch.zeros_like(self.steps) if self._idle is None else self._idle
        done = idle >= patience if patience else torch.zeros_like(idle, dtype=torch.bool)
        better = (score > self.score) & ~done
        self.latent = torch.where(_like(better, latent), latent, self.latent)
        self.score = torch.where(better, score, self.score)
        self.steps = torch.where(better, step, self.steps)
        self._idle = torch.where(better, 0, idle + 1)
        return bool(patience and (self._idle >= patience).all())


def _like(mask: Tensor, latent: Tensor) -> Tensor:
    return mask.view(-1, *[1] * (latent.ndim - 1))


def guide(
    start: Tensor,
    aims: Aims,
    painter: Painter,
    judge: Callable[[Tensor], Tensor],
    settings: GuideSettings,
    generators: Sequence[torch.Generator],
) -> Guided:
    """Return the latents whose pictures agree best with `aims`.

    Every `check_every` steps the whole picture of the averaged latent is scored; the best one is
    what comes back, so that the result is never worse than the start. All randomness is drawn
    from `generators`, one for each picture.

    Args:
        start: latents to begin with, kept near by `init_weight`.
        aims: what to come near to.
        painter: the generator; its parameters need no gradient.
        judge: pictures (N, 3, size, size) in [0, 1] to unit vectors (N, D).
        settings: how to move.
        generators: one for each picture.
    """
    latent = start.detach().clone().requires_grad_()
    optimizer = _OPTIMIZERS[settings.optimizer]([latent], lr=settings.rate)  # type: ignore[call-arg]
    average = start.detach().clone()
    score = _score(average, aims, painter, judge, settings)
    result = Guided(
        average.clone(), score, score, torch.zeros(len(start), dtype=torch.int64).to(start.device)
    )
    stills = _stills(settings)
    film = _frames(average, painter, stills.count(0))
    for step in range(1, settings.steps + 1):
        loss = _loss(latent, start, aims, painter, judge, settings, generators)
        (latent.grad,) = torch.autograd.grad(loss.sum(), latent)
        optimizer.step()
        with torch.no_grad():
            latent.copy_(painter.project(latent))
            average.lerp_(latent, 1 - settings.ema)
        film += _frames(average, painter, stills.count(step))
        if step % settings.check_every == 0 or step == settings.steps:
            now = _score(average, aims, painter, judge, settings)
            if result.take(average, now, step, settings.patience):
                break
    return _finished(result, film, painter, settings)


def _stills(settings: GuideSettings) -> list[int]:
    """Return the steps at which a frame is taken, evenly from the start; the result is the last."""
    between = max(settings.frames - 1, 1)
    return [settings.steps * i // between for i in range(settings.frames - 1)]


@torch.no_grad()
def _frames(latent: Tensor, painter: Painter, count: int) -> list[Tensor]:
    """Return the latent's picture `count` times; without one it is not painted, which is dear."""
    return [painter.decode(latent)] * count if count else []


def _finished(
    result: Guided, film: list[Tensor], painter: Painter, settings: GuideSettings
) -> Guided:
    if settings.frames:
        with torch.no_grad():
            last = painter.decode(result.latent)
        film += [last] * (settings.frames - len(film))
        result.film = torch.stack(film, 1)
    return result


@torch.no_grad()
def _score(
    latent: Tensor,
    aims: Aims,
    painter: Painter,
    judge: Callable[[Tensor], Tensor],
    settings: GuideSettings,
) -> Tensor:
    """Return the CLIP score of the whole pictures. Shape: (B,)."""
    size = (settings.cutouts.size, settings.cutouts.size)
    picture = painter.decode(latent).clamp(0, 1)
    whole = F.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False)
    return aims.score(judge(whole)[:, None])[:, 0]


def _loss(
    latent: Tensor,
    start: Tensor,
    aims: Aims,
    painter: Painter,
    judge: Callable[[Tensor], Tensor],
    settings: GuideSettings,
    generators: Sequence[torch.Generator],
) -> Tensor:
    """Return the loss of each picture. Shape: (B,)."""
    picture = painter.decode(latent)
    cut = cutouts(picture, settings.cutouts, draw(settings.cutouts, generators))
    # Clamped for CLIP, but the gradient passes: saturated pixels must find their way back.
    inside = cut + (cut.clamp(0, 1) - cut).detach()
    vectors = judge(inside)
    loss = aims.loss(vectors.view(len(start), -1, vectors.shape[-1]), settings.distance)
    if settings.init_weight:
        away, scale = ((x.square().flatten(1).mean(1)) for x in (latent - start, start))
        loss = loss + settings.init_weight * away / scale.clamp_min(1e-8)
    if settings.tv_weight:
        loss = loss + settings.tv_weight * total_variation(picture)
    if settings.range_weight:
        loss = loss + settings.range_weight * out_of_range(picture)
    return loss
