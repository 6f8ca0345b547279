"""The training of pix2pix (Isola et al. 2017, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch, TrainContext, Training
from translate.nn.gan.blocks import init_weights
from translate.nn.gan.infer import to_channels
from translate.nn.gan.lab import join_lab, split_lab
from translate.nn.gan.losses import gan_loss, gradient_penalty
from translate.nn.gan.patchgan import discriminator
from translate_pix2pix.recipe import Pix2PixRecipe


class Pix2PixTraining(Training):
    """A generator and a discriminator that judges its results beside their inputs."""

    def __init__(self, recipe: Pix2PixRecipe, ctx: TrainContext) -> None:
        generator, config = recipe.chosen(ctx)
        self.recipe = recipe
        self.channels = (config.in_channels, config.out_channels)
        self.low, self.high = generator.value_range
        judge = discriminator(
            recipe.discriminator, sum(self.channels), recipe.ndf, recipe.n_layers, recipe.norm
        )
        self.nets = nn.ModuleDict({"generator": generator.build(config), "discriminator": judge})
        init_weights(self.nets, recipe.init, recipe.init_gain)
        self.nets.to(ctx.device)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(
                net.parameters(), recipe.lr, betas=(recipe.beta1, 0.999), fused=True
            )
            for name, net in self.nets.items()
        }
        self.state: dict[str, Any] = {}
        self._log: dict[str, float] = {}

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the discriminator's loss, then the generator's against the better judge."""
        recipe, judge = self.recipe, self.nets["discriminator"]
        given, wanted = self._given(batch.image), self._wanted(batch)
        made = self.nets["generator"](given).float()
        real, fake = torch.cat([given, wanted], 1), torch.cat([given, made], 1)
        on_real = gan_loss(recipe.gan_mode, judge(real), True)
        on_fake = gan_loss(recipe.gan_mode, judge(fake.detach()), False)
        loss = (on_real + on_fake) / 2
        if recipe.gan_mode == "wgangp":
            loss = loss + gradient_penalty(judge, real, fake)
        yield "discriminator", loss
        fooled = gan_loss(recipe.gan_mode, judge(fake), True)
        distance = F.l1_loss(made, wanted)
        parts = {"d_real": on_real, "d_fake": on_fake, "g_gan": fooled, "g_l1": distance}
        # All at once, where the loop waits for a number anyway: on a GPU every wait is long.
        values = torch.stack(list(parts.values())).detach().tolist()
        self._log = dict(zip(parts, values, strict=True))
        yield "generator", fooled + recipe.lambda_L1 * distance

    def _given(self, image: Tensor) -> Tensor:
        if self.recipe.preset == "lab":
            return split_lab(image)[0]
        return self._scaled(to_channels(image, self.channels[0]))

    def _wanted(self, batch: Batch) -> Tensor:
        target = batch.reference
        if target is None:
            raise ValueError("pix2pix is trained on pairs: the batch has no reference")
        if self.recipe.preset == "lab":
            return split_lab(target)[1]
        return self._scaled(to_channels(target, self.channels[1]))

    def _scaled(self, image: Tensor) -> Tensor:
        return image * (self.high - self.low) + self.low

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return what the generator makes of the inputs."""
        given = self._given(batch.image)
        made: Tensor = nets["generator"](given).float()
        if self.recipe.preset == "lab":
            return join_lab(given, made)
        return ((made - self.low) / (self.high - self.low)).clamp(0, 1)

    def log(self) -> Mapping[str, float]:
        """Return the parts of the last losses."""
        return self._log
