"""The filler: a smooth first guess, and what its network adds inside the hole."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from translate import Batch
from translate.nn.diffusion.process import denoiser, mean_estimate
from translate.nn.diffusion.samplers import dpmpp_2m
from translate.nn.diffusion.schedules import karras_sigmas
from translate.nn.diffusion.unet import UNet, UNetConfig
from translate_diffusion.configs import FillerConfig
from translate_diffusion.nets.windows import Paint, Window, fill


def unet_config(config: FillerConfig) -> UNetConfig:
    """Return the settings of the filler's U-Net: it sees the first guess and the mask."""
    return UNetConfig(channels=3, conditions=4, patch=config.patch, widths=config.widths)


def condition(guess: Tensor, mask: Tensor) -> Tensor:
    """Return what the network sees beside its noisy picture. Shape: (B, 3 + 1, H, W).

    `mask` is `COARSE` in holes whose guess is a coarser painting, 1 where it is smooth.
    """
    return torch.cat([guess * 2 - 1, mask], 1)


COARSE = 0.5


def smooth_fill(image: Tensor, mask: Tensor, rounds: int = 4) -> Tensor:
    """Return `image` with its hole filled smoothly from the rim, coarse to fine.

    A pyramid of the known pixels is averaged upwards ("pull") and filled downwards ("push",
    Gortler et al. 1996, section 4.3); at each level some Jacobi steps of Laplace's equation take
    the blocks out.

    Shape:
        image: (B, C, H, W). mask: (B, 1, H, W), 1 = hole. Where all is hole, the result is 0.5.
    """
    known = 1 - mask
    if not bool((mask > 0).any()):
        return image
    if max(image.shape[-2:]) == 1:
        return image * known + 0.5 * mask
    share = F.avg_pool2d(known, 2, ceil_mode=True)
    mean = F.avg_pool2d(image * known, 2, ceil_mode=True) / share.clamp_min(1e-6)
    coarse = smooth_fill(mean, (share <= 0).to(image.dtype), rounds)
    filled = F.interpolate(coarse, image.shape[-2:], mode="bilinear")
    filled = torch.where(mask > 0, filled, image)
    for _ in range(rounds):
        around = F.avg_pool2d(F.pad(filled, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        filled = torch.where(mask > 0, around, image)
    return filled


def training_guess(image: Tensor, mask: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
    """Return first guesses to train on, and the masks that go with them into `condition`.

    Where `coarse`, the guess is what a coarser level might have painted: the truth at a half of
    the resolution, a little less sure of itself; elsewhere it is smooth.

    Shape:
        image: (B, 3, H, W). mask: (B, 1, H, W). coarse: (B,), boolean.
    """
    smooth = smooth_fill(image, mask)
    half = F.interpolate(F.avg_pool2d(image, 2), image.shape[-2:], mode="bilinear")
    doubt = torch.rand(len(image), 1, 1, 1, device=image.device) * 0.4
    painted = torch.where(mask > 0, half.lerp(smooth, doubt), image)
    which = coarse[:, None, None, None]
    return torch.where(which, painted, smooth), torch.where(which, mask * COARSE, mask)


def fill_batch(batch: Batch, painter: Callable[[Batch], Paint]) -> Tensor:
    """Return the pictures of `batch` with what its mask marks painted.

    Where the mask is between 0 and 1 the painting and the picture are mixed; where it is 0 the
    picture is the same to the bit. `painter` is asked for each picture.

    Shape:
        (B, 3, H, W) in [0, 1].
    """
    results = []
    for item in batch.split():
        mask = item.mask if item.mask is not None else torch.zeros_like(item.image[:, :1])
        painted = fill(item.image, mask > 0, painter(item))
        soft = (mask > 0) & (mask < 1)
        mixed = item.image.lerp(painted, mask) if bool(soft.any()) else painted
        results.append(torch.where(soft, mixed, painted))
    return torch.cat(results)


def painter(net: UNet, scale: float, item: Batch, detail: float, steps: int) -> Paint:
    """Return the function that paints windows of one picture.

    Args:
        net: the filler's network.
        scale: its `residual_scale`.
        item: the picture, alone in its batch.
        detail: noise that is added to the blind estimate and taken away again; 0 = none.
        steps: evaluations that `detail` takes.
    """

    def paint(image: Tensor, mask: Tensor, plan: list[Window], coarse: bool) -> Tensor:
        guess = image if coarse else smooth_fill(image, mask)
        seen = condition(guess, mask * COARSE if coarse else mask)
        x0 = mean_estimate(net, guess, seen)
        if detail > 0:
            noise = torch.cat([window.noise(item, 3) for window in plan])
            sigmas = karras_sigmas(steps, min(0.05, detail / 2), detail)
            x0 = dpmpp_2m(denoiser(net, seen), (x0 + noise * detail) * mask, sigmas)
        return (guess + x0 * mask / scale).clamp(0, 1)

    return paint
