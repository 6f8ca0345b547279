"""The trainings: what is shown to the networks, and what they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from translate import Batch, Training
from translate.nn.diffusion.process import (
    drop_condition,
    expand,
    mean_estimate,
    training_levels,
    weighted_error,
)
from translate.nn.diffusion.unet import build_unet
from translate.nn.mobilenet import load_mobilenet
from translate_diffusion.nets import color, colorizer, filler
from translate_diffusion.nets.masks import random_masks
from translate_diffusion.nets.upscaler import Upscaler, back_project, resize

if TYPE_CHECKING:
    from translate import TrainContext
    from translate_diffusion.configs import ColorizerConfig, FillerConfig, UpscalerConfig
    from translate_diffusion.recipes import Colorize, Inpaint, Upscale


class _Logged(Training):
    """Keeps the parts of the last losses, and no other state."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self._log: dict[str, float] = {}

    def log(self) -> Mapping[str, float]:
        """Return the parts of the last losses."""
        return self._log


class _OneNetwork(_Logged):
    """One network under one optimiser."""

    def __init__(self, net: nn.Module, rate: float) -> None:
        super().__init__()
        self.nets = nn.ModuleDict({"generator": net})
        learned = [p for p in net.parameters() if p.requires_grad]
        self.optimizers = {"generator": torch.optim.AdamW(learned, rate)}


class UpscaleTraining(_Logged):
    """L1 for the encoder, and the diffusion of what it misses on a share of the pictures."""

    def __init__(self, recipe: Upscale, config: UpscalerConfig, ctx: TrainContext) -> None:
        super().__init__()
        model = Upscaler(config).to(ctx.device)
        self.recipe, self.factor = recipe, config.factor
        self.nets = nn.ModuleDict({"generator": model})
        self.optimizers = {
            "encoder": torch.optim.AdamW(
                model.encoder.parameters(), recipe.encoder_rate, betas=(0.9, 0.99), weight_decay=0
            ),
            "detail": torch.optim.AdamW(
                model.detail.parameters(), recipe.rate, betas=(0.9, 0.99), weight_decay=0
            ),
        }

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the encoder's L1, then the diffusion's loss on a share of the batch."""
        model: Upscaler = self.nets["generator"]  # type: ignore[assignment]
        large = batch.image
        features, faithful = model.encoder(self.shrink(large))
        loss = (faithful - large).abs().mean()
        self._log = {"l1": loss.item()}
        yield "encoder", loss
        share = slice(max(1, round(len(large) * self.recipe.detail_share)))
        features, faithful = features[share].detach(), faithful[share].detach()
        levels = training_levels(
            len(faithful), self.recipe.level, self.recipe.spread, 0.0, large.device
        )
        x0 = model.target(faithful, large[share])
        seen = drop_condition(model.condition(faithful), self.recipe.drop)
        error = weighted_error(model.detail, x0, levels, seen, features)
        loss = error.square().mean()
        self._log |= {"diffusion": loss.item(), "residual_std": x0.std().item()}
        yield "detail", loss

    def shrink(self, large: Tensor) -> Tensor:
        """Return the small picture, with 8 bits per value as a file would have it."""
        height, width = large.shape[-2] // self.factor, large.shape[-1] // self.factor
        return (resize(large, height, width).clamp(0, 1) * 255).round() / 255

    def pairs(self, batch: Batch) -> Batch:
        """Return the small pictures beside the large ones."""
        return batch.replace(image=self.shrink(batch.image), reference=batch.image)

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the faithful result."""
        model: Upscaler = nets["generator"]  # type: ignore[assignment]
        return back_project(model.encoder(batch.image)[1], batch.image)


class ColorizeTraining(_OneNetwork):
    """Chroma from lightness: the median colour for blind items, noise removed from the others."""

    def __init__(self, recipe: Colorize, config: ColorizerConfig, ctx: TrainContext) -> None:
        model = colorizer.Colorizer(config)
        if recipe.trunk and model.guide is not None:
            trunk = load_mobilenet(ctx.store.locate(recipe.trunk), head=False)
            model.guide.trunk.load_state_dict(trunk.state_dict())
        super().__init__(model.to(ctx.device), recipe.rate)
        self.recipe, self.config = recipe, config

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the one loss: distances for blind items, squares for the others."""
        x0 = color.chroma(batch.image) / self.config.chroma_scale
        model: colorizer.Colorizer = self.nets["generator"]  # type: ignore[assignment]
        light = color.lightness(batch.image)
        seen = drop_condition(colorizer.condition(light), self.recipe.drop)
        levels = training_levels(
            len(x0), self.recipe.level, self.recipe.spread, self.recipe.blind, x0.device
        )
        error = weighted_error(model.unet, x0, levels, seen, model.features(light))
        square = error.square().sum(1)
        blind = (square + 0.01).sqrt()
        loss = torch.where(expand(levels[1], blind), blind, square / 2).mean()
        self._log = {"loss": loss.item(), "blind": _mean(blind, levels[1])}
        self._log["noisy"] = _mean(square, ~levels[1])
        yield "generator", loss

    def pairs(self, batch: Batch) -> Batch:
        """Return the gray pictures beside the coloured ones."""
        light = color.lightness(batch.image)
        gray = color.join(light, torch.zeros_like(light).expand(-1, 2, -1, -1))
        return batch.replace(image=gray, reference=batch.image)

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the pictures in the colours of the blind estimate."""
        model: colorizer.Colorizer = nets["generator"]  # type: ignore[assignment]
        light = color.lightness(batch.image)
        chroma = model.median(light, model.features(light)) * self.config.chroma_scale
        return color.join(light, chroma)

    def measure(self, nets: nn.ModuleDict, batch: Batch) -> Mapping[str, float]:
        """Return distance to the true a* b*, and chroma, both as shares of the true chroma."""
        truth = color.chroma(batch.image)
        found = color.chroma(self.translate(nets, self.pairs(batch)))
        gray = truth.norm(dim=1).mean().item()
        return {
            "ab_error_to_gray": (found - truth).norm(dim=1).mean().item() / gray,
            "chroma_to_truth": found.norm(dim=1).mean().item() / gray,
        }


class FillTraining(_OneNetwork):
    """What is missing from what is known; serves inpainting and uncropping."""

    def __init__(self, recipe: Inpaint, config: FillerConfig, ctx: TrainContext) -> None:
        super().__init__(build_unet(filler.unet_config(config)).to(ctx.device), recipe.rate)
        self.recipe, self.config = recipe, config

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the one loss, over the holes alone: L1 for blind items, squares for the others."""
        mask = self.masks(batch)
        coarse = torch.arange(len(mask)) % 3 == 2
        guess, seen = filler.training_guess(batch.image, mask, coarse.to(mask.device))
        x0 = (batch.image - guess) * self.config.residual_scale
        levels = training_levels(
            len(x0), self.recipe.level, self.recipe.spread, self.recipe.blind, x0.device
        )
        condition = drop_condition(filler.condition(guess, seen), self.recipe.drop)
        error = weighted_error(self.nets["generator"], x0, levels, condition, within=mask)
        blind = (error.square() + 1e-4).sqrt()
        each = torch.where(expand(levels[1], blind), blind, error.square() / 2) * mask
        loss = each.sum() / (mask.sum() * 3).clamp_min(1)
        self._log = {"loss": loss.item()}
        yield "generator", loss

    def masks(self, batch: Batch) -> Tensor:
        """Return a hole for each picture, the same whenever the picture's seed is the same."""
        height, width = batch.image.shape[-2:]
        generator = torch.Generator()
        holes = [
            random_masks(1, height, width, self.recipe.masks, generator.manual_seed(seed))
            for seed in batch.seeds
        ]
        return torch.cat(holes).to(batch.image.device)

    def pairs(self, batch: Batch) -> Batch:
        """Return pictures whose holes are filled smoothly, beside the whole ones."""
        mask = self.masks(batch)
        guess = filler.smooth_fill(batch.image, mask)
        return batch.replace(image=guess, mask=mask, reference=batch.image)

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the pictures with the blind estimate in their holes."""
        mask = batch.mask if batch.mask is not None else torch.zeros_like(batch.image[:, :1])
        x0 = mean_estimate(nets["generator"], batch.image, filler.condition(batch.image, mask))
        return (batch.image + x0 * mask / self.config.residual_scale).clamp(0, 1)


def _mean(values: Tensor, items: Tensor) -> float:
    return values[items].mean().item() if bool(items.any()) else 0.0
