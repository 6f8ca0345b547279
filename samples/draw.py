"""Draw the sample icons: flat shapes in a few colours, 128 px RGBA.

    python samples/draw.py [FOLDER]

Every icon is a function of a `Pen` that works in a square of 32 x 32 units, of which two at each
edge stay free. Shapes are filled at four times the final size and averaged down, so that edges
are smooth and the same Pillow gives the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import cos, pi, sin
from pathlib import Path

from food import carrot, cherries, donut, ice_cream, mushroom, pear
from pen import (
    AMBER,
    BLUE,
    BROWN,
    CREAM,
    CRIMSON,
    DARK,
    FOREST,
    GRAY,
    GREEN,
    NAVY,
    ORANGE,
    PINK,
    PLUM,
    PURPLE,
    RED,
    SAND,
    SKY,
    TAN,
    WHITE,
    YELLOW,
    Pen,
)
from PIL import Image


def smile(pen: Pen) -> None:
    """Draw a smiling face."""
    pen.ellipse(16, 16, 14, 14, AMBER)
    pen.ellipse(7.6, 18.6, 2.6, 1.9, "#ff8a3c")
    pen.ellipse(24.4, 18.6, 2.6, 1.9, "#ff8a3c")
    pen.ellipse(11, 12.6, 1.8, 2.6, DARK)
    pen.ellipse(21, 12.6, 1.8, 2.6, DARK)
    pen.arc(16, 16, 7, 30, 150, 1.7, DARK)


def surprise(pen: Pen) -> None:
    """Draw an astonished face."""
    pen.ellipse(16, 16, 14, 14, AMBER)
    for x in (10.5, 21.5):
        pen.ellipse(x, 12.6, 4, 4, WHITE)
        pen.ellipse(x, 12.6, 2.1, 2.1, DARK)
    pen.arc(10.5, 8.5, 4, 225, 315, 1.1, BROWN)
    pen.arc(21.5, 8.5, 4, 225, 315, 1.1, BROWN)
    pen.ellipse(16, 23, 3.2, 4, PLUM)
    pen.ellipse(16, 25.4, 2, 1.4, PINK)


def cat(pen: Pen) -> None:
    """Draw a ginger cat's head."""
    for flip in (1, -1):
        pen.polygon([(16 + flip * x, y) for x, y in ((12, 2.6), (13, 15), (3, 9))], ORANGE)
        pen.polygon([(16 + flip * x, y) for x, y in ((10.6, 6), (11, 13), (5.5, 9.5))], PINK)
    pen.ellipse(16, 18.5, 13.4, 11, ORANGE)
    pen.blob([(16, 18.5), (21, 21), (22, 26), (16, 29.2), (10, 26), (11, 21)], CREAM)
    for x in (10, 22):
        pen.ellipse(x, 17, 1.9, 2.4, DARK)
        pen.ellipse(x + 0.6, 16.2, 0.6, 0.7, WHITE)
    pen.blob([(14.2, 20.6), (17.8, 20.6), (16, 22.8)], PLUM)
    pen.arc(14.2, 23, 1.9, 10, 150, 0.7, DARK)
    pen.arc(17.8, 23, 1.9, 30, 170, 0.7, DARK)


def fish(pen: Pen) -> None:
    """Draw a tropical fish swimming left."""
    pen.blob([(22, 16), (29, 8.5), (28, 16), (29, 23.5)], BLUE)
    pen.blob([(11, 9), (16, 3.6), (21, 6), (20, 11)], BLUE)
    pen.blob([(13, 23), (16, 28.4), (20, 26), (18, 22)], BLUE)

    def body(p: Pen) -> None:
        p.blob([(2.6, 16.5), (7, 10.5), (15, 8), (22, 12), (25, 16), (22, 20.5), (15, 24.4),
                (7, 22)], SKY)  # fmt: skip

    def stripes(p: Pen) -> None:
        p.box(10.6, 0, 3, 32, YELLOW)
        p.box(17.4, 0, 3, 32, YELLOW)

    body(pen)
    pen.inside(body, stripes)
    pen.ellipse(7.4, 14.6, 1.5, 1.7, DARK)


def flower(pen: Pen) -> None:
    """Draw a pink flower on its stem."""
    pen.line([(16, 16), (16, 29)], 1.9, FOREST)
    pen.blob([(16, 28), (20, 22.5), (27, 21.5), (23, 27.5)], GREEN)
    pen.blob([(16, 29), (12, 24.5), (5, 24), (9, 29)], GREEN)
    for i in range(5):
        t = i * 2 * pi / 5 - pi / 2
        pen.ellipse(16 + 5.4 * cos(t), 11.4 + 5.4 * sin(t), 4.2, 4.2, "#ff6fa5")
    pen.ellipse(16, 11.4, 3.9, 3.9, YELLOW)


def sailboat(pen: Pen) -> None:
    """Draw a small boat with two sails."""
    pen.box(15.2, 2.2, 1.6, 21, BROWN, 0.6)
    pen.polygon([(14, 4), (14, 20), (4, 20)], CREAM)
    pen.polygon([(14, 14.5), (14, 20), (4, 20), (7.4, 14.5)], SAND)
    pen.polygon([(18, 6), (18, 20), (27.5, 20)], RED)
    pen.polygon([(18, 15.5), (18, 20), (27.5, 20), (24.4, 15.5)], CRIMSON)
    pen.blob([(3, 22), (16, 22.4), (29, 22), (26, 28.6), (16, 29.6), (6, 28.6)], NAVY)
    pen.box(3.2, 22, 25.6, 2, SKY, 1)


def balloon(pen: Pen) -> None:
    """Draw a hot-air balloon."""

    def envelope(p: Pen) -> None:
        p.blob([(16, 2), (23, 4), (26.8, 11), (24, 17.6), (19, 22.4), (13, 22.4), (8, 17.6),
                (5.2, 11), (9, 4)], PURPLE)  # fmt: skip

    def gores(p: Pen) -> None:
        p.ellipse(16, 11, 7.4, 13, YELLOW)
        p.ellipse(16, 11, 3.2, 14, PLUM)

    pen.line([(12.6, 21), (13.4, 26)], 0.7, DARK)
    pen.line([(19.4, 21), (18.6, 26)], 0.7, DARK)
    envelope(pen)
    pen.inside(envelope, gores)
    pen.box(12.4, 25, 7.2, 5, TAN, 1.2)
    pen.box(12, 24.6, 8, 1.6, BROWN, 0.8)


def mug(pen: Pen) -> None:
    """Draw a steaming mug."""
    pen.arc(22, 19.5, 5, -90, 90, 2.4, BLUE)
    for x in (9.5, 14, 18.5):
        pen.line([(x, 8.5), (x - 1, 6.4), (x + 0.6, 4.6), (x - 0.2, 2.8)], 1.1, GRAY)
    pen.box(4.4, 11, 18.6, 18.6, SKY, 4)
    pen.box(4.4, 11, 18.6, 8, SKY)
    pen.ellipse(13.7, 11.6, 9.3, 2.4, BLUE)
    pen.ellipse(13.7, 12, 7.8, 1.6, BROWN)
    pen.blob([(13.7, 26), (9.4, 21.8), (10, 18.6), (12.4, 18.3), (13.7, 19.8), (15, 18.3),
              (17.4, 18.6), (18, 21.8)], WHITE)  # fmt: skip


def house(pen: Pen) -> None:
    """Draw a cottage with a chimney."""
    pen.box(21, 4.6, 4, 9, BROWN, 0.5)
    pen.box(5.4, 13, 21.2, 15, CREAM)
    pen.polygon([(16, 5), (27, 15.4), (5, 15.4)], CREAM)
    pen.line([(3.4, 15.4), (16, 4), (28.6, 15.4)], 2.6, RED)
    pen.box(8, 17.6, 6, 10.4, TAN, 0.6)
    pen.ellipse(12.7, 23, 0.6, 0.6, DARK)
    pen.box(17.4, 17.6, 6.4, 5.6, SKY, 0.5)
    pen.box(20.2, 17.6, 0.8, 5.6, WHITE)
    pen.box(17.4, 20, 6.4, 0.8, WHITE)
    pen.box(2.4, 27.4, 27.2, 2.4, GREEN, 1.2)


def gift(pen: Pen) -> None:
    """Draw a wrapped box with a bow."""
    pen.blob([(16, 10), (8, 10.4), (6.6, 5), (11.4, 3)], CRIMSON)
    pen.blob([(16, 10), (24, 10.4), (25.4, 5), (20.6, 3)], CRIMSON)
    pen.blob([(15, 9), (10, 9), (9, 6.4), (11.6, 5)], RED)
    pen.blob([(17, 9), (22, 9), (23, 6.4), (20.4, 5)], RED)
    pen.box(4.6, 14, 22.8, 15.6, GREEN, 1)
    pen.box(4.6, 14, 22.8, 2.6, "#04a653")
    pen.box(3, 9, 26, 6, GREEN, 1)
    pen.box(13.4, 9, 5.2, 20.6, CRIMSON)
    pen.box(13.4, 9, 5.2, 6, RED)


ICONS: tuple[Callable[[Pen], None], ...] = (
    pear, cherries, carrot, mushroom, donut, ice_cream, smile, surprise,
    cat, fish, flower, sailboat, balloon, mug, house, gift,
)  # fmt: skip


def icon(draw: Callable[[Pen], None]) -> Image.Image:
    """Return the icon that `draw` makes."""
    pen = Pen()
    draw(pen)
    return pen.finish()


def main(folder: Path) -> None:
    """Write every icon as PNG into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for draw in ICONS:
        name = draw.__name__.replace("_", "-")
        icon(draw).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "icons")
