"""A CLIP as stages use it: pictures and texts to unit vectors of one space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from translate_clip.nets.clip import MEAN, STD, Clip, normalised
from translate_clip.tokenizer import Tokenizer


class Judge(Protocol):
    """What the guided loop knows of a CLIP."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...

    @property
    def size(self) -> int:
        """Side of the pictures that it takes."""
        ...

    def images(self, pictures: Tensor) -> Tensor:
        """Return unit vectors. Shape: (N, 3, size, size) in [0, 1] -> (N, D), float32."""
        ...

    def texts(self, texts: Sequence[str]) -> tuple[Tensor, list[bool]]:
        """Return unit vectors (N, D), and for each text whether it had to be cut."""
        ...


def _autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


@dataclass(frozen=True)
class NativeJudge:
    """A small CLIP of ours."""

    net: Clip
    device: torch.device
    dtype: torch.dtype = torch.float32
    tokenizer: Tokenizer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokenizer", Tokenizer(self.net.config.context_length))

    @property
    def size(self) -> int:
        """Side of the pictures that it takes."""
        return self.net.config.image_size

    def images(self, pictures: Tensor) -> Tensor:
        """Return unit vectors of pictures."""
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        with _autocast(self.device, self.dtype):
            return self.net.encode_image(normalised(pictures))

    def texts(self, texts: Sequence[str]) -> tuple[Tensor, list[bool]]:
        """Return unit vectors of texts, and whether each was cut."""
        rows, cut = self.tokenizer.rows(list(texts))
        return self.net.encode_text(torch.tensor(rows, device=self.device)), cut


@dataclass(frozen=True)
class OpenClipJudge:
    """Any model of open_clip."""

    net: Any
    tokenizer: Any
    device: torch.device
    dtype: torch.dtype = torch.float32

    @property
    def size(self) -> int:
        """Side of the pictures that it takes."""
        size = self.net.visual.image_size
        return int(size[0] if isinstance(size, (tuple, list)) else size)

    def images(self, pictures: Tensor) -> Tensor:
        """Return unit vectors of pictures."""
        visual = self.net.visual
        mean = getattr(visual, "image_mean", None) or MEAN
        std = getattr(visual, "image_std", None) or STD
        with _autocast(self.device, self.dtype):
            vectors = self.net.encode_image(normalised(pictures, mean, std))
        return F.normalize(vectors.float(), dim=-1)

    def texts(self, texts: Sequence[str]) -> tuple[Tensor, list[bool]]:
        """Return unit vectors of texts, and whether each was cut."""
        rows = self.tokenizer(list(texts)).to(self.device)
        vectors: Tensor = self.net.encode_text(rows)
        return F.normalize(vectors.float(), dim=-1), [self._is_cut(text, rows) for text in texts]

    def _is_cut(self, text: str, rows: Tensor) -> bool:
        """Say whether a text is longer than the context, where the tokenizer can count."""
        encode = getattr(self.tokenizer, "encode", None)
        return encode is not None and len(encode(text)) + 2 > rows.shape[1]
