"""The training of an autoencoder with a discriminator (Esser et al. 2021, section 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from translate import Batch, TrainContext, Training
from translate.measure.features import Features, load_features
from translate.nn.gan.blocks import init_weights
from translate.nn.gan.patchgan import PatchDiscriminator
from translate_clip.generators import VqganConfig
from translate_clip.nets.adversarial import judge_loss, maker_loss
from translate_clip.nets.quantize import Gaussian, VectorCodebook
from translate_clip.nets.vqgan import Vqgan
from translate_clip.recipes import VqganRecipe
from translate_clip.training.counter import Counter
from translate_clip.training.distance import distance


class VqganTraining(Training):
    """An autoencoder, and a discriminator of patches that takes part later."""

    def __init__(self, recipe: VqganRecipe, config: VqganConfig, ctx: TrainContext) -> None:
        self.recipe = recipe
        judge = PatchDiscriminator(config.out_channels, recipe.ndf)
        init_weights(judge)
        self.nets = nn.ModuleDict({"generator": Vqgan(config), "discriminator": judge})
        self.nets.to(ctx.device)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(net.parameters(), recipe.lr, betas=(0.5, 0.9))
            for name, net in self.nets.items()
        }
        self.counter = Counter()
        self.state: dict[str, Any] = {"counter": self.counter}
        self.features: Features | None = None
        if recipe.perceptual and recipe.perceptual_weight:
            self.features = load_features(ctx.store.locate(recipe.perceptual), ctx.device)
        self._parts: dict[str, Tensor] = {}

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the discriminator's loss, once it takes part, then the autoencoder's."""
        recipe, judge = self.recipe, self.nets["discriminator"]
        net = cast("Vqgan", self.nets["generator"])
        picture = batch.image * 2 - 1
        features = net.features(picture)
        code, loss, indices = net.quantize.train_step(features)
        made = net.reconstruct(code).float()
        gap = distance(made, picture, self.features, recipe.perceptual_weight)
        self._parts = {"bottleneck": loss.detach(), "distance": gap.detach()}
        if indices is not None and not isinstance(net.quantize, Gaussian):
            used = len(set(indices.flatten().tolist())) / len(net.quantize.table)
            self._parts["codes_used"] = torch.tensor(used)
        loss = loss + gap + self._usage(net, features)
        self.counter.add(len(batch))
        if self.counter.images > recipe.gan_start and recipe.gan_weight:
            judged = judge_loss(recipe.gan_loss, judge(picture), judge(made.detach()))
            self._parts["judge"] = judged.detach()
            yield "discriminator", judged
            fooled = maker_loss(recipe.gan_loss, judge(made))
            self._parts["fooled"] = fooled.detach()
            last = net.decoder.conv_out.weight
            loss = loss + recipe.gan_weight * _balance(gap, fooled, last) * fooled
        yield "generator", loss

    def _usage(self, net: Vqgan, features: Tensor) -> Tensor | float:
        codebook = net.quantize
        if not self.recipe.usage_weight or not isinstance(codebook, VectorCodebook):
            return 0.0
        return self.recipe.usage_weight * usage_loss(features, codebook.table)

    def pairs(self, batch: Batch) -> Batch:
        """Return pictures that should become themselves."""
        return batch.replace(reference=batch.image)

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the reconstructions."""
        net = cast("Vqgan", nets["generator"])
        made = net.decode(net.encode(batch.image * 2 - 1)).float()
        return ((made + 1) / 2).clamp(0, 1)

    def log(self) -> Mapping[str, float]:
        """Return the parts of the last losses, and the share of the codebook in use."""
        return {name: part.item() for name, part in self._parts.items()}


def _balance(gap: Tensor, fooled: Tensor, last: Tensor) -> Tensor:
    """Return the weight that makes both losses pull equally at the last layer (eq. 7)."""
    pulls = [
        torch.linalg.vector_norm(torch.autograd.grad(part, last, retain_graph=True)[0].float())
        for part in (gap, fooled)
    ]
    return torch.div(pulls[0], pulls[1] + 1e-4).clamp(0, 1e4).detach()


def usage_loss(z: Tensor, codebook: Tensor, temperature: float = 0.1) -> Tensor:
    """Return how far from sure each choice is, less how far from even all choices are.

    Mean entropy of the soft assignments minus the entropy of their mean (Chang et al. 2022,
    MaskGIT, section 3), with distances in units of their mean.

    Shape: z (B, C, H, W), codebook (N, C) -> ().
    """
    with torch.autocast(z.device.type, enabled=False):
        flat = z.float().movedim(1, -1).flatten(0, 2)
        distance = torch.cdist(flat, codebook.float()).square()
        logits = -distance / (temperature * distance.detach().mean().clamp_min(1e-8))
        log_share = logits.log_softmax(1)
        share = log_share.exp()
        mean = share.mean(0)
        each = -(share * log_share).sum(1).mean()
        evenness = -(mean * (mean + 1e-8).log()).sum()
        return torch.sub(each, evenness)
