"""A small CLIP (Radford et al. 2021) whose weights and settings open_clip reads too."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from translate_clip.nets.mobilenet import MobileNetV2

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def normalised(
    pictures: Tensor, mean: Sequence[float] = MEAN, std: Sequence[float] = STD
) -> Tensor:
    """Return pictures in [0, 1] as image towers take them. Shape: (N, 3, H, W) -> the same."""
    shift, scale = (pictures.new_tensor(values).view(-1, 1, 1) for values in (mean, std))
    return (pictures - shift) / scale


class ClipConfig(BaseModel):
    """Sizes of both towers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embed_dim: int = Field(256, ge=1)
    image_size: int = Field(128, ge=32)
    trunk_width: int = Field(100, ge=10)
    """Width of the MobileNetV2 image tower, in percent."""
    context_length: int = Field(32, ge=4)
    vocabulary: int = Field(3574, ge=4)
    width: int = Field(192, ge=1)
    heads: int = Field(6, ge=1)
    layers: int = Field(4, ge=1)

    def open_clip(self) -> dict[str, Any]:
        """Return the `model_cfg` of an `open_clip_config.json` for the same network."""
        return {
            "embed_dim": self.embed_dim,
            "vision_cfg": {
                "timm_model_name": f"mobilenetv2_{self.trunk_width:03d}",
                "timm_model_pretrained": False,
                "timm_pool": "avg",
                "timm_proj": "linear",
                "image_size": self.image_size,
            },
            "text_cfg": {
                "context_length": self.context_length,
                "vocab_size": self.vocabulary,
                "width": self.width,
                "heads": self.heads,
                "layers": self.layers,
            },
        }


class _Block(nn.Module):
    """Residual attention block of the text tower."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            OrderedDict(
                c_fc=nn.Linear(width, 4 * width),
                gelu=nn.GELU(),
                c_proj=nn.Linear(4 * width, width),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._attend(self.ln_1(x))
        return torch.add(x, self.mlp(self.ln_2(x)))

    def _attend(self, x: Tensor) -> Tensor:
        packed = F.linear(x, self.attn.in_proj_weight, self.attn.in_proj_bias)
        q, k, v = packed.view(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        result: Tensor = self.attn.out_proj(out.transpose(1, 2).flatten(2))
        return result


class _Transformer(nn.Module):
    def __init__(self, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(_Block(width, heads) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        for block in self.resblocks:
            x = block(x)
        return x


class _Visual(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.trunk = MobileNetV2(config.trunk_width / 100)
        projection = nn.Linear(self.trunk.features, config.embed_dim, bias=False)
        self.head = nn.Sequential(OrderedDict(proj=projection))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.trunk(x))
        return out


class Clip(nn.Module):
    """Image tower MobileNetV2, text tower a causal transformer; keys as open_clip's `CLIP`."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        self.visual = _Visual(config)
        self.token_embedding = nn.Embedding(config.vocabulary, config.width)
        self.positional_embedding = nn.Parameter(torch.empty(config.context_length, config.width))
        self.transformer = _Transformer(config.width, config.heads, config.layers)
        self.ln_final = nn.LayerNorm(config.width)
        self.text_projection = nn.Parameter(torch.empty(config.width, config.embed_dim))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.positional_embedding, std=0.01)
        nn.init.normal_(self.text_projection, std=config.width**-0.5)

    def encode_image(self, image: Tensor) -> Tensor:
        """Return unit vectors of pictures that are normalised by MEAN and STD.

        Shape: (B, 3, H, W) -> (B, embed_dim).
        """
        return F.normalize(self.visual(image).float(), dim=-1)

    def encode_text(self, tokens: Tensor) -> Tensor:
        """Return unit vectors. Shape: (B, context_length), int64 -> (B, embed_dim)."""
        # The end token has the largest number; what follows it is never attended to.
        ends = tokens.argmax(-1)
        tokens = tokens[:, : int(ends.max()) + 1]
        x = self.token_embedding(tokens) + self.positional_embedding[: tokens.shape[1]]
        x = self.ln_final(self.transformer(x))
        last = x[torch.arange(len(x), device=x.device), ends]
        return F.normalize((last @ self.text_projection).float(), dim=-1)

    def forward(self, image: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return image vectors, text vectors, and the scale of their products."""
        return self.encode_image(image), self.encode_text(tokens), self.logit_scale.exp()
