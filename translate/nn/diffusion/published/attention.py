"""Self-attention as SR3 and Palette have it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from translate.nn.diffusion.blocks import Op


class NormedAttention(Op):
    """Attention over positions behind a group norm, added to what came in."""

    def __init__(self, norm: nn.Module, qkv: nn.Module, out: nn.Module, heads: int) -> None:
        super().__init__()
        self.norm, self.qkv, self.out, self.heads = norm, qkv, out, heads

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Return x plus what its positions gather; per head the channels are q, k, v."""
        b, c, height, width = x.shape
        tokens = self.qkv(self.norm(x)).reshape(b, self.heads, 3, c // self.heads, height * width)
        q, k, v = tokens.transpose(-1, -2).unbind(2)
        h = F.scaled_dot_product_attention(q, k, v).transpose(-1, -2)
        return x + self.out(h.reshape(b, c, height, width))  # type: ignore[no-any-return]
