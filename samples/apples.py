"""Render the sample pictures of apples: balls with dimples, stalks and speckles in a crate.

    python samples/apples.py [FOLDER]

Writes `apples/crate.jpg`, `heap.jpg` and `three.jpg`. Needs NumPy and Pillow.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

SIDE = 256
FINE = 2
"""Drawn so many times as large, then made smaller: smooth edges."""
QUALITY = 88
LIGHT = np.array((-0.45, -0.6, 0.66))

Picture = NDArray[np.float64]


@dataclass(frozen=True)
class Apple:
    """A ball on the canvas; lengths in shares of the picture's side."""

    x: float
    y: float
    radius: float
    turn: float
    """Where the stalk points, in radians; 0 = right, -pi / 2 = up."""
    colour: tuple[float, float, float]
    blush: tuple[float, float, float]
    """Colour of the cheek that lies in the light."""


def noise(chance: np.random.Generator, side: int, cells: int) -> Picture:
    """Return smooth noise (side, side) around 0."""
    small = Image.fromarray(chance.normal(0, 1, (cells, cells)).astype(np.float32))
    return np.asarray(small.resize((side, side), Image.Resampling.BICUBIC), np.float64)


def paint(canvas: Picture, apple: Apple, chance: np.random.Generator) -> None:
    """Draw an apple with the shadow that it throws on what lies behind it."""
    side = len(canvas)
    rows, columns = np.mgrid[0:side, 0:side] / side
    x, y = (columns - apple.x) / apple.radius, (rows - apple.y) / apple.radius
    far = np.hypot(x - 0.12, y - 0.16)
    canvas *= (1 - 0.6 * np.clip(1.35 - far, 0, 0.5) / 0.5)[..., None]
    flat = x**2 + y**2
    inside = flat < 1
    z = np.sqrt(np.clip(1 - flat, 0, 1))
    # the dimple: the surface falls towards the stalk
    ax, ay = 0.55 * np.cos(apple.turn), 0.55 * np.sin(apple.turn)
    dimple = np.exp(-((x - ax) ** 2 + (y - ay) ** 2) / 0.035)
    nx, ny = x - 2.2 * dimple * (x - ax), y - 2.2 * dimple * (y - ay)
    shade = np.clip(nx * LIGHT[0] + ny * LIGHT[1] + z * LIGHT[2], 0, 1)
    angle = np.arctan2(y - ay, x - ax)
    streaks = np.sin(23 * angle + 2 * noise(chance, side, 6)) * 0.025
    cheek = np.clip(0.75 * shade + 0.35 * noise(chance, side, 5) - 0.1, 0, 1)[..., None]
    skin = np.array(apple.colour) * (1 - cheek) + np.array(apple.blush) * cheek
    skin = skin + (streaks + 0.05 * (noise(chance, side, side // 3) > 1.6))[..., None]
    lit = skin * (0.28 + 0.8 * shade * (1 - 0.6 * dimple))[..., None]
    gloss = np.exp(-((x + 0.38) ** 2 + (y + 0.46) ** 2) / 0.02)
    lit += (0.55 * gloss)[..., None]
    canvas[inside] = lit[inside]
    stalk(canvas, apple, rows, columns)


def stalk(canvas: Picture, apple: Apple, rows: Picture, columns: Picture) -> None:
    """Draw a short brown stalk out of the dimple."""
    dx, dy = np.cos(apple.turn), np.sin(apple.turn)
    x, y = (columns - apple.x) / apple.radius, (rows - apple.y) / apple.radius
    along = x * dx + y * dy - 0.5
    across = np.abs(y * dx - x * dy - 0.12 * along**2)
    canvas[(along > 0) & (along < 0.42) & (across < 0.035)] = (0.26, 0.16, 0.08)


def boards(side: int, chance: np.random.Generator) -> Picture:
    """Return planks of wood, lying."""
    grain = noise(chance, side, 40)[:, :1] + 0.4 * noise(chance, side, 24)
    wood = np.array((0.52, 0.36, 0.2)) * (1 + 0.1 * grain)[..., None]
    wood[(np.arange(side) % (side // 5)) < side // 90] *= 0.35
    return wood


def heap(chance: np.random.Generator, radius: float, top: float, kinds: list[Apple]) -> list[Apple]:
    """Return apples that fill the picture from `top` down, those in front last."""
    apples = []
    for number, y in enumerate(np.arange(top, 1 + radius, 1.15 * radius)):
        for x in np.arange(-radius * (number % 2), 1 + radius, 1.75 * radius):
            kind = kinds[int(chance.integers(len(kinds)))]
            size = radius * chance.uniform(0.92, 1.12)
            moved = chance.uniform(-0.15, 0.15, 2) * radius
            turn = chance.uniform(-np.pi, np.pi)
            apples.append(Apple(x + moved[0], y + moved[1], size, turn, kind.colour, kind.blush))
    return apples


GREEN = Apple(0, 0, 0, 0, (0.58, 0.62, 0.14), (0.84, 0.86, 0.32))
YELLOW = Apple(0, 0, 0, 0, (0.7, 0.64, 0.16), (0.93, 0.86, 0.36))
RED = Apple(0, 0, 0, 0, (0.5, 0.04, 0.07), (0.82, 0.16, 0.12))


def pictures() -> dict[str, Image.Image]:
    """Return the pictures by name."""
    side = SIDE * FINE
    found = {}
    for seed, (name, radius, top, kinds) in enumerate(
        (
            ("crate", 0.095, 0.2, [GREEN, GREEN, YELLOW]),
            ("heap", 0.15, -0.05, [GREEN, YELLOW, GREEN, GREEN, RED]),
            ("three", 0.0, 0.0, [GREEN, YELLOW, GREEN]),
        )
    ):
        chance = np.random.default_rng(seed)
        canvas = boards(side, chance)
        if radius:
            apples = heap(chance, radius, top, kinds)
        else:
            places = ((0.3, 0.42, -1.9), (0.7, 0.38, -1.2), (0.5, 0.67, -1.6))
            apples = [
                Apple(x, y, 0.23, turn, kind.colour, kind.blush)
                for (x, y, turn), kind in zip(places, kinds, strict=True)
            ]
        for apple in apples:
            paint(canvas, apple, chance)
        canvas += chance.normal(0, 0.012, canvas.shape)
        large = Image.fromarray((canvas.clip(0, 1) * 255).round().astype(np.uint8))
        small = large.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        found[name] = small.filter(ImageFilter.GaussianBlur(0.4))
    return found


def main() -> None:
    """Write the pictures to the folder that is named, or beside this script."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent) / "apples"
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        picture.save(folder / f"{name}.jpg", quality=QUALITY)


if __name__ == "__main__":
    main()
