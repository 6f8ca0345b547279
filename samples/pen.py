"""A pen for flat icons: filled shapes on a transparent square, drawn large and averaged down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, pi, sin

from PIL import Image, ImageChops, ImageDraw

Point = tuple[float, float]

UNITS = 32
SIZE = 128
OVERSAMPLE = 4


RED, CRIMSON, PINK = "#f4342f", "#c4103f", "#ff8a9a"
ORANGE, AMBER, YELLOW, CREAM = "#ff8324", "#ffb12f", "#fcd23e", "#fff0c2"
GREEN, LIME, FOREST = "#08cf6b", "#93d52c", "#2f8a2a"
BLUE, SKY, NAVY = "#0794e8", "#3ac7fb", "#2c3f8f"
PURPLE, PLUM = "#8f5cd6", "#b51f7d"
SAND, TAN, BROWN, DARK = "#ffcb7a", "#e09547", "#7b4432", "#3e2a33"
WHITE, GRAY = "#ffffff", "#b6b0ba"
CLEAR = "#00000000"


class Pen:
    """Fills shapes on a transparent square; positions and sizes are in units of 1/32."""

    def __init__(self) -> None:
        self.unit = SIZE * OVERSAMPLE / UNITS
        side = SIZE * OVERSAMPLE
        self.image = Image.new("RGBA", (side, side))
        self.draw = ImageDraw.Draw(self.image)

    def ellipse(self, x: float, y: float, rx: float, ry: float, color: str) -> None:
        """Fill an ellipse around (x, y)."""
        u = self.unit
        self.draw.ellipse(((x - rx) * u, (y - ry) * u, (x + rx) * u, (y + ry) * u), fill=color)

    def box(self, x: float, y: float, w: float, h: float, color: str, radius: float = 0) -> None:
        """Fill a rectangle whose top left corner is (x, y), with rounded corners."""
        u = self.unit
        corners = (x * u, y * u, (x + w) * u - 1, (y + h) * u - 1)
        self.draw.rounded_rectangle(corners, radius * u, fill=color)

    def polygon(self, points: Sequence[Point], color: str) -> None:
        """Fill a polygon with straight sides."""
        self.draw.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=color)

    def blob(self, points: Sequence[Point], color: str) -> None:
        """Fill a smooth closed curve through `points` (Catmull-Rom)."""
        self.polygon(closed_curve(points), color)

    def line(self, points: Sequence[Point], width: float, color: str) -> None:
        """Draw straight strokes through `points`, with round joints and ends."""
        for (x0, y0), (x1, y1) in pairwise(points):
            ends = [(x0 * self.unit, y0 * self.unit), (x1 * self.unit, y1 * self.unit)]
            self.draw.line(ends, fill=color, width=round(width * self.unit))
        for x, y in points:
            self.ellipse(x, y, width / 2, width / 2, color)

    def arc(self, x: float, y: float, r: float, a: float, b: float, width: float, c: str) -> None:
        """Draw a stroke around (x, y) from angle `a` to `b`, degrees clockwise from the right."""
        angles = [(a + (b - a) * i / 40) * pi / 180 for i in range(41)]
        self.line([(x + r * cos(t), y + r * sin(t)) for t in angles], width, c)

    def pie(self, x: float, y: float, r: float, a: float, b: float, color: str) -> None:
        """Fill the sector around (x, y) from angle `a` to `b`."""
        u = self.unit
        self.draw.pieslice(((x - r) * u, (y - r) * u, (x + r) * u, (y + r) * u), a, b, fill=color)

    def inside(self, shape: Callable[[Pen], None], paint: Callable[[Pen], None]) -> None:
        """Lay `paint` over the icon where `shape` is."""
        stencil, layer = Pen(), Pen()
        shape(stencil)
        paint(layer)
        alpha = ImageChops.multiply(stencil.image.getchannel("A"), layer.image.getchannel("A"))
        layer.image.putalpha(alpha)
        self.image.alpha_composite(layer.image)

    def finish(self) -> Image.Image:
        """Return the icon at its final size."""
        return self.image.reduce(OVERSAMPLE)


def closed_curve(points: Sequence[Point], steps: int = 24) -> list[Point]:
    """Return a polygon along the closed Catmull-Rom spline through `points`."""
    n = len(points)

    def at(i: int, t: float) -> Point:
        p, q, r, s = (points[(i + k) % n] for k in (-1, 0, 1, 2))

        def blend(a: float, b: float, c: float, d: float) -> float:
            curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
            return (curve + (3 * b - a - 3 * c + d) * t**3) / 2

        return blend(p[0], q[0], r[0], s[0]), blend(p[1], q[1], r[1], s[1])

    return [at(i, k / steps) for i in range(n) for k in range(steps)]
