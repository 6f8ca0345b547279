"""The training of `inpaint` and `uncrop`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from translate import Batch
from translate.measure.features import Features, feature_distance, load_features
from translate.nn.diffusion.process import (
    drop_condition,
    expand,
    mean_estimate,
    training_levels,
    weighted_error,
)
from translate.nn.diffusion.unet import build_unet
from translate_diffusion.nets import filler
from translate_diffusion.nets.masks import random_masks
from translate_diffusion.training.base import OneNetwork

if TYPE_CHECKING:
    from translate import TrainContext
    from translate_diffusion.configs import FillerConfig
    from translate_diffusion.recipes import Inpaint


class FillTraining(OneNetwork):
    """What is missing from what is known; serves inpainting and uncropping.

    Where a hole has many good fillings their median is a blur: `perceptual` also asks of the
    one-step answer that a classifier sees in it what it sees in the truth (Suvorov et al. 2022,
    section 2.2.1).
    """

    def __init__(self, recipe: Inpaint, config: FillerConfig, ctx: TrainContext) -> None:
        super().__init__(build_unet(filler.unet_config(config)).to(ctx.device), recipe.rate)
        self.recipe, self.config = recipe, config
        self.features: Features | None = None
        if recipe.perceptual and recipe.perceptual_weight:
            self.features = load_features(ctx.store.locate(recipe.perceptual), ctx.device)

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the one loss, over the holes alone: L1 for blind items, squares for the others.

        Blind items are compared by their features as well.
        """
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
        self._log = {"pixels": loss.item()}
        if self.features is not None and bool(levels[1].any()):
            # at NO_SIGNAL an error's weight is 1: the truth and its error are what was painted
            made = batch.image + error * mask / self.config.residual_scale
            gap = feature_distance(self.features, made[levels[1]], batch.image[levels[1]]).mean()
            self._log["features"] = gap.item()
            loss = loss + self.recipe.perceptual_weight * gap
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
