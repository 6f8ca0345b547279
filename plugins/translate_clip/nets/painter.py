"""A generator with its weights, as stages use it: pictures in [0, 1], float32 latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.generator import Encoding, Latent


@dataclass(frozen=True)
class Painter:
    """Runs a network in `dtype` on `device`, from and to what stages speak."""

    net: Latent
    value_range: tuple[float, float]
    device: torch.device
    dtype: torch.dtype = torch.float32

    @property
    def encodes(self) -> bool:
        """Whether it takes pictures."""
        return isinstance(self.net, Encoding)

    @property
    def layers(self) -> int:
        """Into how many layers its latents divide; 0 = they do not."""
        return int(getattr(self.net, "layers", 0))

    def encode(self, picture: Tensor) -> Tensor:
        """Return latents. Shape: (B, 3, H, W) in [0, 1] -> (B, ...), float32."""
        if not isinstance(self.net, Encoding):
            raise TypeError(f"{type(self.net).__name__} has no encode")
        low, high = self.value_range
        with self._autocast():
            return self.net.encode(picture * (high - low) + low).float()

    def decode(self, latent: Tensor) -> Tensor:
        """Return pictures. Shape: (B, ...) -> (B, 3, H, W), about [0, 1], float32."""
        low, high = self.value_range
        with self._autocast():
            picture = self.net.decode(latent).float()
        return (picture - low) / (high - low)

    def project(self, latent: Tensor) -> Tensor:
        """Return latents moved to where `decode` is meaningful."""
        project = getattr(self.net, "project", None)
        return latent if project is None else torch.as_tensor(project(latent))

    def sample(
        self, seeds: Sequence[int], size: int, words: Sequence[Sequence[str]], truncation: float
    ) -> Tensor:
        """Return a latent for each seed, whatever else is in the batch. Shape: (B, ...)."""
        latents = [
            self.net.sample(seed, size, size, own, truncation)
            for seed, own in zip(seeds, words, strict=True)
        ]
        return torch.cat(latents).to(self.device, torch.float32)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


def prepare(net: nn.Module, device: torch.device, dtype: torch.dtype = torch.float32) -> nn.Module:
    """Return the network on `device`, in eval mode, without gradients of its own.

    Convolutions are laid out channels_last and kept in `dtype`, since autocast would turn frozen
    weights into it anew at every step.
    """
    net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            module.to(dtype)
    return net.eval().requires_grad_(False)


def fitted(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Return pictures of `size`: cropped where they are a little larger, else resized.

    A decoder gives multiples of its factor; a network of one size gives that.
    """
    height, width = size
    rows, columns = picture.shape[-2:]
    if height <= rows < height + 64 and width <= columns < width + 64:
        return picture[..., :height, :width]
    return F.interpolate(picture, size, mode="bicubic", antialias=True, align_corners=False)
