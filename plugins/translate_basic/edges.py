"""Lines: what draws a picture from its edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator

from translate import Field
from translate_basic.common import Filter, gaussian, gaussian_radius, luminance

if TYPE_CHECKING:
    from torch import Tensor


class Edges(Filter):
    """Draw the edges of what is in the picture.

    `sobel` shades each pixel by how steep the picture is there; `canny` gives thin lines of one
    tone: it starts them where the slope is above `high` and follows them down to `low`.
    """

    name: ClassVar[str] = "edges"
    makes: ClassVar[int | None] = 1
    method: Literal["canny", "sobel"] = Field("canny", description="Thin lines or soft slopes.")
    sigma: float = Field(1.4, ge=0, le=16, description="Blur before it: leaves out fine detail.")
    low: float = Field(0.1, gt=0, le=4, description="Where canny ends a line: slope per 8 pixels.")
    high: float = Field(0.25, gt=0, le=4, description="Where canny starts one.")
    gain: float = Field(4.0, gt=0, le=64, description="Strength of sobel's lines.")
    ink: Literal["black", "white"] = Field("black", description="Colour of the lines.")

    @model_validator(mode="after")
    def _thresholds_are_in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) must not be above high ({self.high})")
        return self

    def margin(self) -> int | None:
        """Canny follows lines through the whole picture; a slope needs one pixel more."""
        return None if self.method == "canny" else gaussian_radius(self.sigma) + 1

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the drawing."""
        from kornia.filters import canny, sobel

        def lines(image: Tensor) -> Tensor:
            smooth = gaussian(luminance(image), self.sigma)
            if self.method == "canny":
                drawn = traced(canny(smooth, self.low, self.high, 1, hysteresis=False)[1])
            else:
                drawn = (sobel(smooth, eps=1e-12) * self.gain).clamp(0, 1)
            return 1 - drawn if self.ink == "black" else drawn

        return lines


class PencilSketch(Filter):
    """Draw the picture with a soft pencil on white paper.

    The gray picture is divided by a blurred one ("colour dodge"), so that flat areas become
    paper and only changes of tone leave graphite.
    """

    name: ClassVar[str] = "pencil-sketch"
    makes: ClassVar[int | None] = 1
    radius: float = Field(4.0, gt=0, le=64, description="Width of the strokes' fall-off, pixels.")
    darkness: float = Field(1.5, ge=0, le=16, description="How hard the pencil presses.")

    def margin(self) -> int | None:
        """Return the Gaussian's radius."""
        return gaussian_radius(self.radius)

    def operation(self) -> Callable[[Tensor], Tensor]:
        """Return the drawing."""

        def draw(image: Tensor) -> Tensor:
            gray = luminance(image)
            # the floor keeps noise in the shadows from becoming black
            ratio = (gray + 0.05) / (gaussian(gray, self.radius) + 0.05)
            return ratio.clamp(0, 1).pow(self.darkness)

        return draw


def traced(edges: Tensor) -> Tensor:
    """Return 1 on strong edges (1) and on the weak ones (0.5) that are connected to them.

    Edge pixels are numbered, 0 standing for none; from the strong ones the search goes to the
    eight neighbours of what it has just reached, so that each pixel is looked at once.

    Shape:
        (B, 1, H, W) -> (B, 1, H, W).
    """
    import torch
    import torch.nn.functional as F

    framed = F.pad(edges, (1, 1, 1, 1))
    values, width = framed.flatten(), framed.shape[-1]
    places = values.nonzero()[:, 0]
    numbers = torch.zeros(len(values), dtype=torch.long, device=edges.device)
    numbers[places] = torch.arange(1, len(places) + 1, device=edges.device)
    steps = [y * width + x for y in (-1, 0, 1) for x in (-1, 0, 1)]
    around = numbers[places[:, None] + torch.tensor(steps, device=edges.device)]
    reached = F.pad(values[places] == 1, (1, 0), value=True)
    latest = reached.nonzero()[1:, 0]
    while len(latest):
        near = around[latest - 1].flatten()
        latest = torch.unique(near[~reached[near]])
        reached[latest] = True
    lines = torch.zeros_like(values)
    lines[places] = reached[1:].to(values)
    return lines.view_as(framed)[..., 1:-1, 1:-1].contiguous()
