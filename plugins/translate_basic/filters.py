"""Blur, sharpen and denoise."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

from translate import Field
from translate_basic.common import BORDER, Filter, gaussian, gaussian_radius

if TYPE_CHECKING:
    from torch import Tensor


class Blur(Filter):
    """Blur the picture."""

    name: ClassVar[str] = "blur"
    radius: float = Field(
        2.0,
        ge=0,
        le=64,
        description="Pixels: the standard deviation of gaussian, else half the window's side.",
    )
    kind: Literal["gaussian", "box", "motion"] = Field(
        "gaussian", description="Shape of the smear; motion is a line."
    )
    angle: float = Field(0.0, ge=-180, le=180, description="Direction of motion, in degrees.")

    def margin(self) -> int | None:
        """Return the kernel's radius."""
        return gaussian_radius(self.radius) if self.kind == "gaussian" else ceil(self.radius)

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the convolution."""
        from kornia.filters import box_blur, motion_blur

        size = 2 * ceil(self.radius) + 1
        if size == 1:
            return lambda image: image
        if self.kind == "gaussian":
            return lambda image: gaussian(image, self.radius)
        if self.kind == "box":
            return lambda image: box_blur(image, size, BORDER)
        return lambda image: motion_blur(image, size, self.angle, 0.0, BORDER, "bilinear")


class Sharpen(Filter):
    """Raise the contrast of edges: unsharp mask."""

    name: ClassVar[str] = "sharpen"
    amount: float = Field(1.0, ge=0, le=10, description="How much of the detail is added.")
    radius: float = Field(1.0, gt=0, le=64, description="Size of the detail in pixels.")
    threshold: float = Field(0.0, ge=0, le=1, description="Detail weaker than this is left alone.")

    def margin(self) -> int | None:
        """Return the Gaussian's radius."""
        return gaussian_radius(self.radius)

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the picture plus its difference from a blurred one."""

        def sharpen(image: Tensor) -> Tensor:
            detail = image - gaussian(image, self.radius)
            return image + self.amount * detail.where(detail.abs() > self.threshold, 0)

        return sharpen


class Denoise(Filter):
    """Smooth noise and keep edges."""

    name: ClassVar[str] = "denoise"
    kind: Literal["bilateral", "median", "guided"] = Field(
        "bilateral", description="median is for specks, guided is fast at a large radius."
    )
    radius: int = Field(2, ge=1, le=16, description="Half the window's side in pixels.")
    strength: float = Field(
        0.1, gt=0, le=1, description="Differences up to about this are smoothed; not for median."
    )

    def margin(self) -> int | None:
        """Return how far the window reaches; guided looks through it twice."""
        return 2 * self.radius if self.kind == "guided" else self.radius

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the filter."""
        from kornia.filters import bilateral_blur, guided_blur, median_blur

        size = 2 * self.radius + 1
        space = (self.radius / 2, self.radius / 2)
        if self.kind == "median":
            return lambda image: median_blur(image, size, BORDER)
        if self.kind == "guided":
            return lambda image: guided_blur(image, image, size, self.strength**2, BORDER)
        return lambda image: bilateral_blur(image, size, self.strength, space, BORDER)
