"""The training of CycleGAN (Zhu et al. 2017, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch, TrainContext, Training
from translate.nn.gan.blocks import init_weights
from translate.nn.gan.infer import to_channels
from translate.nn.gan.losses import ImagePool, gan_loss, gradient_penalty
from translate.nn.gan.patchgan import discriminator
from translate_cyclegan.recipe import CycleGANRecipe


class CycleGANTraining(Training):
    """Two generators, and on each side a discriminator that judges pictures alone."""

    def __init__(self, recipe: CycleGANRecipe, ctx: TrainContext) -> None:
        generator, config = recipe.chosen(ctx)
        self.recipe = recipe
        self.channels = config.in_channels
        self.low, self.high = generator.value_range
        self.nets = nn.ModuleDict(
            {
                "generator": nn.ModuleDict(
                    {"a2b": generator.build(config), "b2a": generator.build(config)}
                ),
                "discriminator": nn.ModuleDict({side: self._judge() for side in ("a", "b")}),
            }
        )
        init_weights(self.nets, recipe.init, recipe.init_gain)
        self.nets.to(ctx.device)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(
                net.parameters(), recipe.lr, betas=(recipe.beta1, 0.999), fused=True
            )
            for name, net in self.nets.items()
        }
        self.pools = {side: ImagePool(recipe.pool) for side in ("a", "b")}
        self.state: dict[str, Any] = {f"pool_{side}": pool for side, pool in self.pools.items()}
        self._parts: dict[str, Tensor] = {}
        self._log: dict[str, float] = {}

    def _judge(self) -> nn.Module:
        recipe = self.recipe
        return discriminator(
            recipe.discriminator, self.channels, recipe.ndf, recipe.n_layers, recipe.norm
        )

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the generators' loss, then that of both discriminators."""
        if batch.reference is None:
            raise ValueError("cyclegan is trained on two folders: the batch has no reference")
        a, b = self._scaled(batch.image), self._scaled(batch.reference)
        a2b, b2a = _two(self.nets["generator"])
        made_b, made_a = a2b(a).float(), b2a(b).float()
        loss = self._generators_loss(a, b, made_a, made_b)
        self._read()
        yield "generator", loss
        loss = self._judges_loss("a", a, made_a) + self._judges_loss("b", b, made_b)
        self._read()
        yield "discriminator", loss

    def _read(self) -> None:
        """Read all parts at once, where the loop waits anyway: on a GPU every wait is long."""
        values = torch.stack(list(self._parts.values())).tolist()
        self._log = dict(zip(self._parts, values, strict=True))

    def _generators_loss(self, a: Tensor, b: Tensor, made_a: Tensor, made_b: Tensor) -> Tensor:
        recipe, judges = self.recipe, self.nets["discriminator"]
        a2b, b2a = _two(self.nets["generator"])
        judge_a, judge_b = judges.get_submodule("a"), judges.get_submodule("b")
        parts = {
            "g_a2b": gan_loss(recipe.gan_mode, judge_b(made_b), True),
            "g_b2a": gan_loss(recipe.gan_mode, judge_a(made_a), True),
            "cycle_a": F.l1_loss(b2a(made_b).float(), a) * recipe.lambda_A,
            "cycle_b": F.l1_loss(a2b(made_a).float(), b) * recipe.lambda_B,
        }
        if recipe.lambda_identity:
            same_b, same_a = F.l1_loss(a2b(b).float(), b), F.l1_loss(b2a(a).float(), a)
            parts["identity_a"] = same_a * recipe.lambda_A * recipe.lambda_identity
            parts["identity_b"] = same_b * recipe.lambda_B * recipe.lambda_identity
        self._parts = {name: part.detach() for name, part in parts.items()}
        return torch.stack(list(parts.values())).sum()

    def _judges_loss(self, side: str, real: Tensor, made: Tensor) -> Tensor:
        mode = self.recipe.gan_mode
        judge = self.nets["discriminator"].get_submodule(side)
        fake = self.pools[side](made)
        loss = (gan_loss(mode, judge(real), True) + gan_loss(mode, judge(fake), False)) / 2
        self._parts[f"d_{side}"] = loss.detach()
        if mode == "wgangp":
            loss = loss + gradient_penalty(judge, real, fake)
        return loss

    def _scaled(self, image: Tensor) -> Tensor:
        return to_channels(image, self.channels) * (self.high - self.low) + self.low

    def _picture(self, made: Tensor) -> Tensor:
        return ((made.float() - self.low) / (self.high - self.low)).clamp(0, 1)

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return what the generator A to B makes of A."""
        a2b, _ = _two(nets["generator"])
        return self._picture(a2b(self._scaled(batch.image)))

    def measure(self, nets: nn.ModuleDict, batch: Batch) -> Mapping[str, float]:
        """Return how far held-out pictures of A come back from where they started (L1)."""
        a2b, b2a = _two(nets["generator"])
        back = self._picture(b2a(a2b(self._scaled(batch.image)).float()))
        return {"cycle_error": F.l1_loss(back, to_channels(batch.image, self.channels)).item()}

    def log(self) -> Mapping[str, float]:
        """Return the parts of the last losses, weighted."""
        return self._log


def _two(generators: nn.Module) -> tuple[nn.Module, nn.Module]:
    return generators.get_submodule("a2b"), generators.get_submodule("b2a")
