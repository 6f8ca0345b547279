"""Values of single pixels: brightness, contrast, hue and their kin."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import TYPE_CHECKING, ClassVar

from translate import Contract, Field, Store
from translate_basic.common import Filter, luminance

if TYPE_CHECKING:
    from torch import Tensor


class Identity(Filter):
    """Leave the picture as it is; with it, a run only changes formats and sizes of files."""

    name: ClassVar[str] = "identity"

    def contract(self, store: Store) -> Contract:
        """Need nothing and give nothing, so that no picture is turned into floats for it."""
        return Contract(needs=(), gives=(), halo=0)

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return nothing's work."""
        return lambda image: image


class Gray(Filter):
    """Make the picture gray: one channel, by BT.601 luma."""

    name: ClassVar[str] = "gray"
    makes: ClassVar[int | None] = 1

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the weighted sum."""
        return luminance


class Rgb(Filter):
    """Give a gray picture three equal channels."""

    name: ClassVar[str] = "rgb"
    makes: ClassVar[int | None] = 3

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the copy."""
        return lambda image: image.expand(-1, 3, -1, -1).contiguous()


class Invert(Filter):
    """Swap dark and light, as in a negative."""

    name: ClassVar[str] = "invert"

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the complement."""
        return lambda image: 1 - image


class Brightness(Filter):
    """Add to every value."""

    name: ClassVar[str] = "brightness"
    amount: float = Field(0.1, ge=-1, le=1, description="What is added; white is 1.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the sum."""
        return lambda image: image + self.amount


class Contrast(Filter):
    """Move values away from a middle, or towards it."""

    name: ClassVar[str] = "contrast"
    factor: float = Field(1.2, ge=0, le=8, description="1 changes nothing, 0 leaves flat gray.")
    middle: float = Field(0.5, ge=0, le=1, description="The value that stays.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the stretch."""
        return lambda image: (image - self.middle) * self.factor + self.middle


class Saturation(Filter):
    """Make colours stronger or paler, at the same luma."""

    name: ClassVar[str] = "saturation"
    factor: float = Field(1.3, ge=0, le=8, description="1 changes nothing, 0 leaves gray.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the blend with gray."""

        def saturate(image: Tensor) -> Tensor:
            gray = luminance(image)
            return gray + (image - gray) * self.factor

        return saturate


class Hue(Filter):
    """Turn the colour wheel."""

    name: ClassVar[str] = "hue"
    takes: ClassVar[tuple[int, ...]] = (3,)
    degrees: float = Field(30.0, ge=-180, le=180, description="120 makes red green.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the turn in HSV."""
        return lambda image: shift_hsv(image, self.degrees, 1, 1)


class Hsv(Filter):
    """Change hue, saturation and value in HSV."""

    name: ClassVar[str] = "hsv"
    takes: ClassVar[tuple[int, ...]] = (3,)
    hue: float = Field(0.0, ge=-180, le=180, description="Degrees added to the hue.")
    saturation: float = Field(1.0, ge=0, le=8, description="Factor of the saturation.")
    value: float = Field(1.0, ge=0, le=8, description="Factor of the value.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the change."""
        return lambda image: shift_hsv(image, self.hue, self.saturation, self.value)


class Lab(Filter):
    """Change lightness and colour in CIE L*a*b*, where equal steps look equal."""

    name: ClassVar[str] = "lab"
    takes: ClassVar[tuple[int, ...]] = (3,)
    lightness: float = Field(0.0, ge=-100, le=100, description="Added to L* (0 to 100).")
    contrast: float = Field(1.0, ge=0, le=8, description="Factor of L* around 50.")
    chroma: float = Field(1.0, ge=0, le=8, description="Factor of a* and b*.")
    a: float = Field(0.0, ge=-100, le=100, description="Added to a*: green to magenta.")
    b: float = Field(0.0, ge=-100, le=100, description="Added to b*: blue to yellow, warmth.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the change."""
        import torch
        from kornia.color import lab_to_rgb, rgb_to_lab

        def change(image: Tensor) -> Tensor:
            light, a, b = rgb_to_lab(image).split(1, dim=1)
            light = (light - 50) * self.contrast + 50 + self.lightness
            a, b = a * self.chroma + self.a, b * self.chroma + self.b
            changed: Tensor = lab_to_rgb(torch.cat([light.clamp(0, 100), a, b], dim=1))
            return changed

        return change


class Gamma(Filter):
    """Raise values to a power: above 1 darkens the middle tones, below 1 lightens them."""

    name: ClassVar[str] = "gamma"
    gamma: float = Field(1.5, ge=0.05, le=20, description="The power.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the power."""
        return lambda image: image.pow(self.gamma)


class Posterize(Filter):
    """Leave only a few levels of each channel."""

    name: ClassVar[str] = "posterize"
    levels: int = Field(4, ge=2, le=256, description="Levels of each channel.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the nearest level."""
        steps = self.levels - 1
        return lambda image: (image * steps).round() / steps


class Solarize(Filter):
    """Invert what is lighter than a threshold, as in an overexposed negative."""

    name: ClassVar[str] = "solarize"
    threshold: float = Field(0.5, ge=0, le=1, description="Values from here up are inverted.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the partly inverted picture."""
        from kornia.enhance import solarize

        return lambda image: solarize(image, self.threshold)


class Threshold(Filter):
    """Make everything black or white."""

    name: ClassVar[str] = "threshold"
    makes: ClassVar[int | None] = 1
    level: float = Field(0.5, ge=0, le=1, description="Luma above it becomes white.")
    soft: float = Field(0.0, ge=0, le=1, description="Width of the gray between, in luma.")

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the comparison, or a ramp of width `soft`."""

        def split(image: Tensor) -> Tensor:
            above = luminance(image) - self.level
            return (above / self.soft + 0.5).clamp(0, 1) if self.soft else above.gt(0).to(image)

        return split


def shift_hsv(image: Tensor, degrees: float, saturation: float, value: float) -> Tensor:
    """Return `image` (B, 3, H, W) with its hue turned, saturation and value scaled."""
    import torch
    from kornia.color import hsv_to_rgb, rgb_to_hsv

    h, s, v = rgb_to_hsv(image).split(1, dim=1)
    h = (h + degrees * pi / 180).remainder(2 * pi)
    s, v = (s * saturation).clamp(0, 1), (v * value).clamp(0, 1)
    shifted: Tensor = hsv_to_rgb(torch.cat([h, s, v], dim=1))
    return shifted
