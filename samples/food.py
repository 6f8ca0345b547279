"""Icons of things to eat and drink."""

from __future__ import annotations

from math import cos, pi, sin

from pen import (
    BROWN,
    CLEAR,
    CREAM,
    FOREST,
    GREEN,
    LIME,
    ORANGE,
    PINK,
    RED,
    SAND,
    SKY,
    TAN,
    WHITE,
    YELLOW,
    Pen,
)


def pear(pen: Pen) -> None:
    """Draw a green pear with a leaf."""
    pen.line([(16, 8), (17, 3.2)], 1.6, BROWN)
    pen.blob([(17, 6.5), (20, 2.6), (26, 3), (22.5, 7)], GREEN)
    pen.blob(
        [(16, 6), (20, 9), (21.5, 15), (26, 22), (22, 29), (16, 30), (10, 29), (6, 22), (10.5, 15),
         (12, 9)],
        LIME,
    )  # fmt: skip
    pen.ellipse(10.6, 22, 1.5, 2.8, "#c6ec6c")


def cherries(pen: Pen) -> None:
    """Draw two cherries on one stalk."""
    pen.line([(9, 21), (12, 12), (20, 4)], 1.5, FOREST)
    pen.line([(23, 20), (22, 11), (20, 4)], 1.5, FOREST)
    pen.blob([(20, 4), (25, 2.5), (29.5, 7), (24, 8)], LIME)
    pen.ellipse(9, 23, 6.8, 6.8, RED)
    pen.ellipse(23, 23, 6.8, 6.8, RED)
    pen.ellipse(6.8, 20.6, 1.7, 1.3, PINK)
    pen.ellipse(20.8, 20.6, 1.7, 1.3, PINK)


def carrot(pen: Pen) -> None:
    """Draw a carrot lying aslant."""
    for tip in ((21, 2.5), (26.5, 5), (29.2, 11)):
        pen.line([(20, 12), tip], 2.6, GREEN)
    pen.blob([(4, 29), (2.9, 27.6), (12, 12), (18, 9.5), (22.6, 14), (20, 20)], ORANGE)
    for start, end in (((10, 17), (13, 19.4)), ((16, 15), (18, 17)), ((9, 23), (11, 24.4))):
        pen.line([start, end], 1.1, "#d95f0e")


def mushroom(pen: Pen) -> None:
    """Draw a red mushroom with pale dots."""
    pen.blob([(12, 17), (20, 17), (21, 24), (22, 29), (16, 30), (10, 29), (11, 24)], SAND)

    def cap(p: Pen) -> None:
        p.blob([(16, 2.5), (26, 7), (29.6, 16), (25, 20), (16, 20.6), (7, 20), (2.4, 16), (6, 7)],
               RED)  # fmt: skip

    def dots(p: Pen) -> None:
        for x, y, r in ((8, 8, 3.4), (17.5, 12.5, 2.8), (26, 8, 3), (8, 18, 2.4), (25, 18.5, 2.2)):
            p.ellipse(x, y, r, r, "#ffc2b4")

    cap(pen)
    pen.inside(cap, dots)


def donut(pen: Pen) -> None:
    """Draw an iced ring with sprinkles."""
    pen.ellipse(16, 16, 13.6, 13.6, TAN)
    pen.blob(
        [(16, 3.6), (22, 5.6), (27.4, 10), (27, 17), (26.5, 22), (20, 25.6), (15, 27), (9, 25),
         (5.4, 21), (4.2, 15), (6, 9), (10.5, 5)],
        "#ff6fc4",
    )  # fmt: skip
    for i, color in enumerate((SKY, YELLOW, WHITE, LIME) * 3):
        t, r = i * 2 * pi / 12 + 0.2, 8.8 + (i % 3 - 1) * 1.1
        x, y = 16 + r * cos(t), 15.5 + r * sin(t)
        dx, dy = 0.8 * cos(t * 3), 0.8 * sin(t * 3)
        pen.line([(x - dx, y - dy), (x + dx, y + dy)], 0.9, color)
    pen.ellipse(16, 15.6, 5.4, 5.4, TAN)
    pen.ellipse(16, 16, 4.2, 4.2, CLEAR)


def ice_cream(pen: Pen) -> None:
    """Draw two scoops in a cone."""

    def cone(p: Pen) -> None:
        p.polygon([(8, 16), (24, 16), (16.8, 29.6), (15.2, 29.6)], TAN)

    def grid(p: Pen) -> None:
        for i in range(-2, 8):
            p.line([(4 + 4 * i, 14), (14 + 4 * i, 31)], 0.8, "#b96f2b")
            p.line([(28 - 4 * i, 14), (18 - 4 * i, 31)], 0.8, "#b96f2b")

    cone(pen)
    pen.inside(cone, grid)
    pen.ellipse(20.6, 11.5, 6, 6, "#ff9fc0")
    pen.ellipse(11.6, 11.5, 6, 6, CREAM)
    pen.ellipse(16, 7.6, 5.6, 5.6, BROWN)
    pen.box(6.6, 14.4, 18.8, 3, SAND, 1.5)
