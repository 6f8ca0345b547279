"""The training of `inpaint` and `uncrop`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
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
from translate.nn.gan.adversarial import judge_loss, maker_loss
from translate.nn.gan.blocks import init_weights
from translate.nn.gan.patchgan import PatchDiscriminator
from translate_diffusion.nets import filler
from translate_diffusion.nets.masks import random_masks
from translate_diffusion.training.base import OneNetwork

if TYPE_CHECKING:
    from translate import TrainContext
    from translate_diffusion.configs import FillerConfig
    from translate_diffusion.recipes import Inpaint


class FillTraining(OneNetwork):
    """What is missing from what is known; serves inpainting and uncropping.

    Where a hole has many good fillings their median is a blur. `perceptual` and `adversarial`
    ask of the one-step answer that its features are the truth's and that a discriminator of
    patches takes it for a photograph, as Suvorov et al. 2022 (LaMa), section 2.2.
    """

    def __init__(self, recipe: Inpaint, config: FillerConfig, ctx: TrainContext) -> None:
        super().__init__(build_unet(filler.unet_config(config)).to(ctx.device), recipe.rate)
        self.recipe, self.config = recipe, config
        self.features: Features | None = None
        if recipe.perceptual and recipe.perceptual_weight:
            self.features = load_features(ctx.store.locate(recipe.perceptual), ctx.device)
        if recipe.adversarial:
            # norms would hide how faint the texture of a painting is
            judge = PatchDiscriminator(3 + 1, recipe.ndf, norm="none")
            init_weights(judge)
            self.nets["discriminator"] = judge.to(ctx.device)
            self.optimizers["discriminator"] = torch.optim.Adam(
                judge.parameters(), recipe.judge_rate, betas=(0.5, 0.9)
            )

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the discriminator's loss, where there is one, then the filler's.

        The filler's is over the holes alone: L1 for blind items, squares for the others; and for
        blind items what the features and the discriminator say.
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
        self._log = {"l1": loss.item()}
        # at NO_SIGNAL the error's weight is 1: what the network made is the truth and its error
        made = batch.image + error * mask / self.config.residual_scale
        once = levels[1]
        if self.features and bool(once.any()):
            seen_gap = feature_distance(self.features, made[once], batch.image[once]).mean()
            self._log["features"] = seen_gap.item()
            loss = loss + self.recipe.perceptual_weight * seen_gap
        if self.recipe.adversarial and bool(once.any()):
            yield from self._judged(batch.image[once], made[once], mask[once])
            fooled = self._fooled(made[once], mask[once])
            loss = loss + self.recipe.adversarial * fooled
        yield "generator", loss

    def _judged(self, real: Tensor, made: Tensor, mask: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Yield the discriminator's loss: patches that touch the hole, true and painted."""
        judged = judge_loss("hinge", self._judge(real, mask), self._judge(made.detach(), mask))
        self._log["judge"] = judged.item()
        yield "discriminator", judged

    def _fooled(self, made: Tensor, mask: Tensor) -> Tensor:
        fooled = maker_loss("hinge", self._judge(made, mask))
        self._log["fooled"] = fooled.item()
        return fooled

    def _judge(self, picture: Tensor, mask: Tensor) -> Tensor:
        """Return the logits of the patches whose middle is in the hole. Shape: (N,)."""
        logits: Tensor = self.nets["discriminator"](torch.cat([picture * 2 - 1, mask], 1))
        return logits[F.adaptive_max_pool2d(mask, logits.shape[-2:]) > 0]

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
