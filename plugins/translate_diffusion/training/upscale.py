"""The training of `upscale`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from translate import Batch, UsageError
from translate.nn.diffusion.process import drop_condition, training_levels, weighted_error
from translate.nn.muon import Muon
from translate_diffusion.nets.upscaler import Upscaler, resize
from translate_diffusion.training.base import Logged

if TYPE_CHECKING:
    from translate import TrainContext
    from translate_diffusion.configs import UpscalerConfig
    from translate_diffusion.recipes import Upscale


class UpscaleTraining(Logged):
    """L1 for the encoder, and the diffusion of what it misses on a share of the pictures."""

    def __init__(self, recipe: Upscale, config: UpscalerConfig, ctx: TrainContext) -> None:
        super().__init__()
        model = Upscaler(config).to(ctx.device)
        self.recipe, self.factor = recipe, config.factor
        self.spoil = {text: ctx.pipeline(text) for text in recipe.degrade}
        self.nets = nn.ModuleDict({"generator": model})
        self.optimizers = {
            "encoder": Muon(model.encoder, recipe.encoder_rate, ends=("head", "tail")),
            "detail": torch.optim.AdamW(
                model.detail.parameters(), recipe.rate, betas=(0.9, 0.99), weight_decay=0
            ),
        }

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the encoder's L1, then the diffusion's loss on a share of the batch."""
        model: Upscaler = self.nets["generator"]  # type: ignore[assignment]
        batch = batch.replace(image=_turned(batch.image))
        large = batch.image
        features, faithful = model.encoder(self.shrink(batch))
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

    def shrink(self, batch: Batch) -> Tensor:
        """Return the small pictures, spoilt as the recipe says, in 8 bits as files would be."""
        height, width = (side // self.factor for side in batch.image.shape[-2:])
        small = resize(batch.image, height, width).clamp(0, 1)
        if self.spoil:
            small = spoilt(batch.replace(image=small), self.spoil)
        return (small * 255).round() / 255

    def pairs(self, batch: Batch) -> Batch:
        """Return the small pictures beside the large ones."""
        return batch.replace(image=self.shrink(batch), reference=batch.image)

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the faithful result."""
        model: Upscaler = nets["generator"]  # type: ignore[assignment]
        return model.settle(model.encoder(batch.image)[1], batch.image)


def _turned(image: Tensor) -> Tensor:
    """Return the batch turned by a multiple of 90 degrees."""
    turned = image.rot90(int(torch.randint(4, ())), (-2, -1))
    return turned.contiguous(memory_format=torch.channels_last)


def spoilt(batch: Batch, pipelines: Mapping[str, Callable[[Batch], Batch]]) -> Tensor:
    """Return what one of `pipelines`, chosen by its seed, makes of each picture, in [0, 1].

    Raises:
        UsageError: a pipeline changes the size or the channels.
    """
    results, known = [], list(pipelines.items())
    with torch.autocast(batch.image.device.type, enabled=False):
        for item in batch.split():
            text, pipeline = known[item.seeds[0] % len(known)]
            made = pipeline(item).image
            if made.shape != item.image.shape:
                raise UsageError(f"--set degrade: '{text}' changes the size or the channels")
            results.append(made.clamp(0, 1))
    return torch.cat(results)
