"""The training of a small CLIP (Radford et al. 2021, section 2.3)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch, TrainContext, Training, WeightsError
from translate.nn.mobilenet import load_mobilenet
from translate_clip.nets.clip import Clip, ClipConfig, normalised
from translate_clip.nets.mobilenet import start_from
from translate_clip.recipes import ClipRecipe
from translate_clip.tokenizer import Tokenizer
from translate_clip.training.views import FrozenTrunk, seen, views_of

_LARGEST_SCALE = math.log(100)


class ClipTraining(Training):
    """Two towers and the temperature between them."""

    def __init__(self, recipe: ClipRecipe, ctx: TrainContext) -> None:
        net = Clip(ClipConfig.model_validate(recipe.config(ctx)["clip"]))
        if recipe.trunk:
            _start(net, ctx, recipe.trunk)
        self.started = bool(recipe.trunk)
        self.nets = nn.ModuleDict({"generator": net}).to(ctx.device)
        self.views = recipe.views
        self.frozen: FrozenTrunk | None = None
        if not recipe.trunk_rate:
            net.visual.trunk.requires_grad_(False)
            self.frozen = FrozenTrunk(net.visual.trunk, ctx.device)
        self.tokenizer = Tokenizer(recipe.context_length)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "clip": torch.optim.AdamW(_groups(net, recipe), recipe.lr, betas=(0.9, 0.98))
        }
        self.state: dict[str, Any] = {}
        self._parts: dict[str, Tensor] = {}

    def losses(self, batch: Batch) -> Iterator[tuple[str, Tensor]]:
        """Yield the contrastive loss of a batch."""
        net = cast("Clip", self.nets["generator"])
        if self.started or self.frozen is not None:
            # Folded norms have no statistics to go by but those they came with.
            net.visual.trunk.eval()
        images, texts, tokens = self._vectors(net, batch, views_of(batch, self.views))
        scale = net.logit_scale.clamp(max=_LARGEST_SCALE).exp()
        loss = contrastive(images, texts, tokens, scale)
        self._parts = {"scale": scale.detach(), "top1": top1(images, texts, tokens)}
        yield "clip", loss

    def _vectors(
        self, net: Clip, batch: Batch, views: Sequence[int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        rows, _ = self.tokenizer.rows(list(batch.prompts or ("",) * len(batch)))
        tokens = torch.tensor(rows, device=batch.image.device)
        pictures = batch.image.expand(-1, 3, -1, -1)
        if self.frozen is not None:
            features = self.frozen(pictures, batch.keys, views)
        else:
            features = net.visual.trunk(normalised(seen(pictures, batch.keys, views)))
        images = F.normalize(net.visual.head(features).float(), dim=-1)
        return images, _each_once(net, tokens), tokens

    def translate(self, nets: nn.ModuleDict, batch: Batch) -> Tensor:
        """Return the pictures themselves: a CLIP makes none."""
        return batch.image

    def measure(self, nets: nn.ModuleDict, batch: Batch) -> Mapping[str, float]:
        """Return how many captions find their picture first within the batch, and the loss."""
        net = cast("Clip", nets["generator"])
        images, texts, tokens = self._vectors(net, batch, [0] * len(batch))
        loss = contrastive(images, texts, tokens, net.logit_scale.exp())
        return {"top1": float(top1(images, texts, tokens)), "contrastive": float(loss)}

    def log(self) -> Mapping[str, float]:
        """Return the temperature's inverse and the share of captions that find their picture."""
        return {name: part.item() for name, part in self._parts.items()}


def _each_once(net: Clip, tokens: Tensor) -> Tensor:
    """Return the vectors of texts, each computed once and beside texts of like length."""
    rows, back = torch.unique(tokens, dim=0, return_inverse=True)
    order = rows.argmax(-1).argsort()
    vectors = torch.cat([net.encode_text(some) for some in rows[order].chunk(4)])
    return vectors[order.argsort()][back]


def _start(net: Clip, ctx: TrainContext, trunk: str) -> None:
    try:
        start_from(net.visual.trunk, load_mobilenet(ctx.store.locate(trunk)).state_dict())
    except ValueError as error:
        raise WeightsError(
            f"trunk '{trunk}': {error}; such files are of trunk_width=100"
        ) from error


def _groups(net: Clip, recipe: ClipRecipe) -> list[dict[str, Any]]:
    """Return AdamW's groups: norms, biases and the temperature do not decay."""
    groups = []
    towers = {
        recipe.lr * recipe.trunk_rate: list(net.visual.trunk.parameters()),
        recipe.lr: [p for n, p in net.named_parameters() if not n.startswith("visual.trunk.")],
    }
    for rate, parameters in towers.items():
        for decay, wide in ((recipe.weight_decay, True), (0.0, False)):
            own = [p for p in parameters if (p.ndim > 1) == wide and p.requires_grad]
            if own:
                groups.append({"params": own, "lr": rate, "weight_decay": decay})
    return groups


def same(tokens: Tensor) -> Tensor:
    """Return which texts are the same. Shape: (B, L) -> (B, B), bool."""
    return (tokens[:, None] == tokens[None]).all(-1)


def contrastive(images: Tensor, texts: Tensor, tokens: Tensor, scale: Tensor) -> Tensor:
    """Return the symmetric cross entropy; pictures of one text share it evenly.

    Shape: images, texts (B, D), unit vectors; tokens (B, L).
    """
    wanted = same(tokens).float()
    wanted = wanted / wanted.sum(1, keepdim=True)
    # In the loop's autocast the product would be rounded to bfloat16.
    with torch.autocast(images.device.type, enabled=False):
        logits = scale.float() * images.float() @ texts.float().T
    return (F.cross_entropy(logits, wanted) + F.cross_entropy(logits.T, wanted)) / 2


def top1(images: Tensor, texts: Tensor, tokens: Tensor) -> Tensor:
    """Return the share of texts whose nearest picture has that text. Shape: ()."""
    nearest = (texts @ images.T).argmax(1)
    return same(tokens)[torch.arange(len(texts), device=texts.device), nearest].float().mean()
