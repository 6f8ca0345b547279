"""The training of `colorize`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from translate import Batch
from translate.nn.diffusion.process import (
    drop_condition,
    expand,
    training_levels,
    weighted_error,
)
from translate.nn.mobilenet import load_mobilenet
from translate_diffusion.nets import color, colorizer
from translate_diffusion.training.base import OneNetwork

if TYPE_CHECKING:
    from translate import TrainContext
    from translate_diffusion.configs import ColorizerConfig
    from translate_diffusion.recipes import Colorize


class ColorizeTraining(OneNetwork):
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


def _mean(values: Tensor, items: Tensor) -> float:
    return values[items].mean().item() if bool(items.any()) else 0.0
