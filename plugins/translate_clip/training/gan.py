"""The training of a small StyleGAN2-like generator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from translate import Batch, TrainContext, Training, UsageError
from translate.measure.features import Features, load_features
from translate_clip.captions import read_captions
from translate_clip.generators import StyleGanConfig
from translate_clip.nets.adversarial import judge_loss, maker_loss, r1
from translate_clip.nets.augment import AdaptiveAugment
from translate_clip.nets.discriminator import Discriminator
from translate_clip.nets.projected import ProjectedDiscriminator
from translate_clip.nets.reader import Reader
from translate_clip.nets.stylegan import StyleGan, bag_of_words
from translate_clip.recipes import GanRecipe
from translate_clip.training.counter import Counter
from translate_clip.training.distance import distance

_MIDDLE_RATE = 0.005
"""Of the running mean of the styles, which truncation draws towards."""


class GanTraining(Training):
    """Noise and words to pictures, against a judge that sees both."""

    def __init__(self, recipe: GanRecipe, config: StyleGanConfig, ctx: TrainContext) -> None:
        if ctx.size != (config.resolution, config.resolution) or not _is_power(config.resolution):
            raise UsageError(
                f"gan: pictures of {ctx.size[0]} x {ctx.size[1]} for a generator of "
                f"{config.resolution}; give --crop-size 32, 64, 128 or 256"
            )
        if recipe.anchor and ctx.batch < 2:
            raise UsageError("gan: anchor needs a batch of 2 or more; give --batch 16")
        self.recipe, self.config = recipe, config
        self.captions: Mapping[str, tuple[str, ...]] = {}
        if recipe.captions:
            self.captions = read_captions(recipe.captions, recipe.captions_prefix)
        self.features: Features | None = None
        if recipe.projected:
            self.features = load_features(ctx.store.locate(recipe.projected), ctx.device)
        self.nets = _networks(recipe, config, self.features)
        self.nets.to(ctx.device)
        # Lazy regularisation slows Adam down by as much as there are more steps (Karras et al.
        # 2020, appendix B).
        slow = recipe.r1_every / (recipe.r1_every + 1)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "generator": torch.optim.Adam(
                self._learned("generator", "reader"), recipe.lr, betas=(0.0, 0.99)
            ),
            "discriminator": torch.optim.Adam(
                self._learned("discriminator"), recipe.lr * slow, betas=(0.0, 0.99**slow)
            ),
        }
        self.augment, self.counter = AdaptiveAugment(recipe.ada_target, recipe.ada_start), Counter()
        self.state: dict[str, Any] = {"augment": self.augment, "counter": self.counter}
        self._parts: dict[str, Tensor] = {}

    def _learned(self, *names: str) -> list[nn.Parameter]:
        nets = [self.nets[name] for name in names if name in self.nets]
        return [p for net in nets for p in net.parameters() if p.requires_grad]

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the judge's loss, now and then with R1, then the generator's."""
        recipe, judge = self.recipe, self.nets["discriminator"]
        real, bags = batch.image * 2 - 1, self._bags(batch)
        seen = self.augment(real)
        fake = self.augment(self._make(self._noise(real), bags).detach())
        on_real, on_fake = judge(seen, bags), judge(fake, bags)
        loss = judge_loss(recipe.loss, on_real, on_fake)
        self._parts = {"real": on_real.mean().detach(), "fake": on_fake.mean().detach()}
        self.augment.adapt(on_real)
        self._parts["augment"] = torch.tensor(self.augment.probability)
        if recipe.r1 and self.counter.batches % recipe.r1_every == 0:
            seen = seen.detach().float().requires_grad_()
            with torch.autocast(seen.device.type, enabled=False):
                penalty = r1(judge(seen, bags), seen)
            self._parts["r1"] = penalty.detach()
            loss = loss + recipe.r1 * recipe.r1_every * penalty
        self.counter.add(len(batch))
        yield "discriminator", loss
        anchored = (len(batch) + 1) // 2 if recipe.anchor else 0
        made = self._make(self._noise(real, anchored), bags)
        loss = maker_loss(recipe.loss, judge(self.augment(made), bags))
        if anchored:
            gap = distance(made[:anchored], real[:anchored], self.features)
            self._parts["distance"] = gap.detach()
            loss = loss + recipe.anchor * gap
        yield "generator", loss

    def _make(self, noise: Tensor, bags: Tensor | None) -> Tensor:
        """Return pictures of noise. Shape: (B, z_dim) -> (B, 3, H, W), about [-1, 1]."""
        net = cast("StyleGan", self.nets["generator"])
        w = net.styles(noise, bags)
        net.middle.lerp_(w.detach().float().mean(0), _MIDDLE_RATE)
        return net.decode(w[:, None].expand(-1, net.layers, -1)).float()

    def _noise(self, real: Tensor, anchored: int = 0) -> Tensor:
        """Return noise for a batch; that of the first ones is read off the real pictures.

        A share of it, from none to all, is fresh all the same: what it leaves open, the words
        have to tell.
        """
        noise = torch.randn(len(real), self.config.z_dim, device=real.device)
        if not anchored:
            return noise
        fresh = torch.rand(anchored, 1, device=real.device)
        read = self.nets["reader"](real)[:anchored] * (1 - fresh).sqrt()
        return torch.cat([torch.addcmul(read, noise[:anchored], fresh.sqrt()), noise[anchored:]])

    def _bags(self, batch: Batch) -> Tensor | None:
        """Return the words of each picture, of some none. Shape: (B, words)."""
        if not self.config.words:
            return None
        bags = torch.stack([bag_of_words(words, self.config.words) for words in self._words(batch)])
        heard = torch.rand(len(batch), 1) >= self.recipe.word_dropout
        return (bags * heard).to(batch.image.device)

    def _words(self, batch: Batch) -> Sequence[Sequence[str]]:
        return [self.captions.get(key, ()) for key in batch.keys]

    def pairs(self, batch: Batch) -> Batch:
        """Return real pictures beside what stands for them."""
        return batch.replace(reference=batch.image)

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return a random picture with the words of each held-out one."""
        net = cast("StyleGan", nets["generator"])
        side = self.config.resolution
        latents = [
            net.sample(seed, side, side, words)
            for seed, words in zip(batch.seeds, self._words(batch), strict=True)
        ]
        return ((net.decode(torch.cat(latents)).float() + 1) / 2).clamp(0, 1)

    def log(self) -> Mapping[str, float]:
        """Return the judge's means, R1 and the probability of augmentation."""
        return {name: part.item() for name, part in self._parts.items()}


def _networks(
    recipe: GanRecipe, config: StyleGanConfig, features: Features | None
) -> nn.ModuleDict:
    """Return generator and judge, and with `anchor` what reads noise off pictures.

    Raises:
        UsageError: `anchor` without features to read it off.
    """
    words = len(config.words)
    nets: dict[str, nn.Module] = {"generator": StyleGan(config)}
    if features is None:
        if recipe.anchor:
            raise UsageError("gan: anchor needs projected=FILE, the features that it is read off")
        judge = Discriminator(config.resolution, config.out_channels, recipe.ndf, words=words)
        return nn.ModuleDict({**nets, "discriminator": judge})
    if recipe.anchor:
        nets["reader"] = Reader(features, config.z_dim)
    return nn.ModuleDict(
        {**nets, "discriminator": ProjectedDiscriminator(features, recipe.ndf, words)}
    )


def _is_power(number: int) -> bool:
    return number >= 8 and number & (number - 1) == 0
