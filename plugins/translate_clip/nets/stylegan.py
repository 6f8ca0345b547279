"""A small StyleGAN2-like generator: mapping network, modulated convolutions, truncation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate.batch import seed_for

if TYPE_CHECKING:
    from translate_clip.generators import StyleGanConfig

_GAIN = math.sqrt(2.0)


def bag_of_words(words: Iterable[str], vocabulary: Sequence[str]) -> Tensor:
    """Return the words that are known as a vector of unit length; zero where none is.

    Shape: (len(vocabulary),).
    """
    known = set(words)
    bag = torch.tensor([float(word in known) for word in vocabulary])
    return F.normalize(bag, dim=0)


class ScaledLinear(nn.Module):
    """Linear layer with its weights scaled at run time (Karras et al. 2018, section 4.1)."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.scale, self.rate = rate / math.sqrt(inputs), rate

    def forward(self, x: Tensor) -> Tensor:
        """Return the product. Shape: (..., inputs) -> (..., outputs)."""
        return F.linear(x, self.weight * self.scale, self.bias * self.rate)


class ScaledConv(nn.Module):
    """Convolution with its weights scaled at run time."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale, self.stride, self.padding = 1 / math.sqrt(inputs * size**2), stride, size // 2

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution."""
        return F.conv2d(x, self.weight * self.scale, self.bias, self.stride, self.padding)


class ModulatedConv(nn.Module):
    """Convolution whose input channels are scaled by a style, and normalised after it.

    Weight demodulation (Karras et al. 2020, eq. 1 to 3), written as scaling the activations before
    and after one ordinary convolution, which costs the same in a batch as alone.
    """

    def __init__(self, inputs: int, outputs: int, size: int, w_dim: int, normalise: bool) -> None:
        super().__init__()
        self.style = ScaledLinear(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = 1 / math.sqrt(inputs * size**2)
        self.padding, self.normalise = size // 2, normalise

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Return the convolution. Shape: x (B, inputs, H, W), w (B, w_dim)."""
        weight, style = self.weight * self.scale, self.style(w)
        out = F.conv2d(x * style[:, :, None, None], weight, padding=self.padding)
        if self.normalise:
            power = style.square() @ weight.square().sum((2, 3)).T
            out = out * power.add(1e-8).rsqrt()[:, :, None, None]
        return out + self.bias[:, None, None]


class _Layer(nn.Module):
    """One resolution: two convolutions, and what it adds to the picture."""

    def __init__(self, inputs: int, outputs: int, w_dim: int, colours: int) -> None:
        super().__init__()
        self.first = ModulatedConv(inputs, outputs, 3, w_dim, normalise=True)
        self.second = ModulatedConv(outputs, outputs, 3, w_dim, normalise=True)
        self.colour = ModulatedConv(outputs, colours, 1, w_dim, normalise=False)

    def forward(self, x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        x = F.leaky_relu(self.first(x, w), 0.2) * _GAIN
        x = F.leaky_relu(self.second(x, w), 0.2) * _GAIN
        return x, self.colour(x, w)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class StyleGan(nn.Module):
    """Maps noise and words to a style per resolution, and styles to a picture.

    There is no per-pixel noise: what a latent looks like is decided by the latent alone.

    Shape:
        latent: (B, layers, w_dim); picture: (B, 3, resolution, resolution), about [-1, 1].
    """

    def __init__(self, config: StyleGanConfig) -> None:
        super().__init__()
        self.config = config
        sizes = [4 * 2**i for i in range(int(math.log2(config.resolution)) - 1)]
        widths = [config.channels(size) for size in sizes]
        self.layers = len(sizes)
        if config.words:
            self.embed = ScaledLinear(len(config.words), config.z_dim)
        inputs = [config.z_dim * (2 if config.words else 1)]
        inputs += [config.w_dim] * (config.mapping_layers - 1)
        self.mapping = nn.ModuleList(ScaledLinear(n, config.w_dim, rate=0.01) for n in inputs)
        self.constant = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        self.synthesis = nn.ModuleList(
            _Layer(a, b, config.w_dim, config.out_channels)
            for a, b in pairwise([widths[0], *widths])
        )
        self.middle: Tensor
        self.register_buffer("middle", torch.zeros(config.w_dim))

    def styles(self, z: Tensor, bags: Tensor | None = None) -> Tensor:
        """Return w of z. Shape: z (B, z_dim), bags (B, words) -> (B, w_dim)."""
        x = z * z.square().mean(1, keepdim=True).add(1e-8).rsqrt()
        if self.config.words:
            if bags is None:
                bags = z.new_zeros(len(z), len(self.config.words))
            heard = self.embed(bags)
            x = torch.cat([x, heard * heard.square().mean(1, keepdim=True).add(1e-8).rsqrt()], 1)
        for layer in self.mapping:
            x = F.leaky_relu(layer(x), 0.2) * _GAIN
        return x

    def decode(self, latent: Tensor) -> Tensor:
        """Return the picture of a latent."""
        x = self.constant.expand(len(latent), -1, -1, -1)
        picture: Tensor
        x, picture = self.synthesis[0](x, latent[:, 0])
        for i, layer in enumerate(list(self.synthesis)[1:], start=1):
            x, colour = layer(_double(x), latent[:, i])
            picture = torch.add(_double(picture), colour)
        return picture

    def forward(self, z: Tensor, bags: Tensor | None = None) -> Tensor:
        """Return the picture of noise."""
        w = self.styles(z, bags)
        return self.decode(w[:, None].expand(-1, self.layers, -1))

    @torch.no_grad()
    def sample(
        self, seed: int, height: int, width: int, words: Sequence[str] = (), truncation: float = 1.0
    ) -> Tensor:
        """Return the latent of a random picture that shows `words`; the size is the network's.

        `truncation` draws it towards the mean style: fewer surprises, fewer failures.

        Shape: (1, layers, w_dim), on the network's device.
        """
        generator = torch.Generator().manual_seed(seed_for(seed, "latent"))
        z = torch.randn(1, self.config.z_dim, generator=generator).to(self.middle)
        bag = bag_of_words(words, self.config.words)[None].to(z) if self.config.words else None
        w = torch.lerp(self.middle, self.styles(z, bag).to(self.middle), truncation)
        latent: Tensor = w[:, None].repeat(1, self.layers, 1)
        return latent
