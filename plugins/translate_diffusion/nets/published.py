"""The stages' jobs done by checkpoints of SR3, SRDiff and Palette."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from translate import Batch, Context, WeightsError
from translate.images.tiles import pad_to
from translate.nn.diffusion.process import Denoiser
from translate.nn.diffusion.published.checkpoint import Layout, Published, layout_of, read_published
from translate.nn.diffusion.samplers import dpmpp_2m
from translate.nn.diffusion.schedules import spaced
from translate_diffusion.nets import color
from translate_diffusion.nets.loading import place
from translate_diffusion.nets.upscaler import back_project, resize
from translate_diffusion.nets.windows import Paint, Window

STEPS = 25
"""Evaluations where the user does not say, of the 100 to 2000 that were trained."""


def open_published(
    ctx: Context,
    weights: str,
    wanted: tuple[Layout, ...],
    head_channels: int = 32,
    norm_groups: int = 32,
) -> Published | None:
    """Return the published network that a file holds; None if the file is one of ours.

    Raises:
        WeightsError: missing, damaged, or a network that does another job than is `wanted`.
    """
    checkpoint = ctx.open(weights)
    if checkpoint.config:
        return None
    layout = layout_of(checkpoint.tensors)
    if layout not in wanted:
        raise WeightsError(
            f"weights '{weights}' are of {layout or 'an unknown layout'}, this stage takes "
            f"{' or '.join(wanted)}, or a file of 'translate train'"
        )
    published = read_published(checkpoint.tensors, head_channels, norm_groups)
    place(published.net, ctx)
    if published.encoder is not None:
        published.encoder.eval().requires_grad_(False).to(ctx.device)
    return published


def upscale(published: Published, batch: Batch, factor: int, steps: int) -> Tensor:
    """Return `batch.image` (B, 3, h, w) enlarged, agreeing with it when shrunk."""
    small = batch.image
    height, width = small.shape[-2] * factor, small.shape[-1] * factor
    plain = resize(small, height, width) * 2 - 1
    noise = batch.noise(3, height, width, "upscale", factor)
    unit = published.net.multiple_of
    if published.encoder is None:
        model = published.denoiser(pad_to(plain, unit))
        made = _sample(published, model, pad_to(noise, unit), steps)[..., :height, :width]
    else:
        # its U-Net halves three times, so the small picture is padded before its features
        wide = pad_to(small, unit)
        features, large = published.encoder(wide * 2 - 1)
        if large.shape[-1] != wide.shape[-1] * factor:
            own = large.shape[-1] // wide.shape[-1]
            raise WeightsError(f"these SRDiff weights enlarge by {own}: set factor={own}")
        start = F.pad(noise, (0, large.shape[-1] - width, 0, large.shape[-2] - height))
        rest = _sample(published, published.denoiser(None, features), start, steps)
        made = plain + rest[..., :height, :width] / 2
    return back_project((made / 2 + 0.5).clamp(0, 1), small)


def _sample(published: Published, model: Denoiser, noise: Tensor, steps: int) -> Tensor:
    sigmas = spaced(published.sigmas, steps or STEPS)
    return dpmpp_2m(model, noise * sigmas[0], sigmas)


def chroma(published: Published, batch: Batch, light: Tensor, size: int, steps: int) -> Tensor:
    """Return the chroma of what Palette paints on the gray picture, at the working size.

    Shape:
        light: (B, 1, H, W) in [0, 100]. Returns (B, 2, h, w) in Lab units.
    """
    gray = color.join(light, torch.zeros_like(light).expand(-1, 2, -1, -1))
    height, width = light.shape[-2:]
    scale, unit = size / min(height, width), published.net.multiple_of
    sides = [max(1, round(side * scale / unit)) * unit for side in (height, width)]
    seen = resize(gray, sides[0], sides[1]) * 2 - 1
    noise = batch.noise(3, sides[0], sides[1], "colorize")
    made = _sample(published, published.denoiser(seen), noise, steps)
    return color.chroma((made / 2 + 0.5).clamp(0, 1))


def painter(published: Published, item: Batch, steps: int) -> Paint:
    """Return the function that lets Palette paint windows of one picture.

    What is known is put back, without noise, before each evaluation, as Palette was trained.
    """

    def paint(image: Tensor, mask: Tensor, plan: list[Window], coarse: bool) -> Tensor:
        noise = torch.cat([window.noise(item, 3) for window in plan])
        known = image * 2 - 1
        seen = known * (1 - mask) + noise * mask
        model = published.denoiser(seen, within=(mask, known))
        made = _sample(published, model, noise, steps)
        return torch.where(mask > 0, (made / 2 + 0.5).clamp(0, 1), image)

    return paint
