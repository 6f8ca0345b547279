"""Make the sample photographs from those that scikit-image brings, and an old print of one.

    pip install scikit-image
    python samples/photographs.py [FOLDER]

Writes `photos/` (public domain and CC0), `old/` (one of them gray, faded and scratched) and
`masks/` (where the scratches are, and a box to fill in).
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

LONGEST = 448
QUALITY = 82


def photographs() -> dict[str, Image.Image]:
    """Return the chosen photographs by name, at most `LONGEST` pixels a side."""
    arrays = {
        "astronaut": data.astronaut(),
        "cat": data.chelsea(),
        "coffee": data.coffee(),
        "rocket": data.rocket(),
    }
    pictures = {name: Image.fromarray(array) for name, array in arrays.items()}
    for picture in pictures.values():
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return pictures


def scratches(size: tuple[int, int], seed: int = 7) -> Image.Image:
    """Return thin wandering lines as a mask, 255 = scratched."""
    chance = random.Random(seed)
    width, height = size
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    for thickness in (1, 1, 1, 2, 2, 2, 3):
        x, y = chance.uniform(0, width), chance.uniform(-0.1, 0.5) * height
        drift = chance.uniform(-0.6, 0.6)
        points = [(x, y)]
        for _ in range(chance.randint(8, 24)):
            x, y = x + 12 * drift + chance.uniform(-2, 2), y + 12
            points.append((x, y))
        pen.line(points, fill=255, width=thickness, joint="curve")
    return mask


def aged(picture: Image.Image, mask: Image.Image, seed: int = 7) -> Image.Image:
    """Return the picture gray, soft, faded and grainy, with light scratches under the mask."""
    gray = picture.convert("L").filter(ImageFilter.GaussianBlur(0.7))
    values = np.asarray(gray, dtype=np.float32) * 0.72 + 34
    values += np.random.default_rng(seed).normal(0, 3, values.shape)
    cover = np.asarray(mask.filter(ImageFilter.GaussianBlur(0.4)), dtype=np.float32) / 255
    values += (238 - values) * cover
    return Image.fromarray(values.clip(0, 255).round().astype(np.uint8))


def box(size: tuple[int, int]) -> Image.Image:
    """Return a mask of a rectangle right of the middle, 255 = to fill in."""
    width, height = size
    mask = Image.new("L", size)
    corners = (width * 0.55, height * 0.3, width * 0.75, height * 0.6)
    ImageDraw.Draw(mask).rectangle(corners, fill=255)
    return mask


def main(folder: Path) -> None:
    """Write photographs, the old print and the masks into `folder`."""
    for name in ("photos", "old", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    pictures = photographs()
    for name, picture in pictures.items():
        picture.save(folder / "photos" / f"{name}.jpg", quality=QUALITY, optimize=True)
    original = pictures["astronaut"]
    mask = scratches(original.size)
    # a one-pixel margin: the scratch's soft rim is damaged too
    mask.filter(ImageFilter.MaxFilter(3)).save(folder / "masks" / "portrait.png", optimize=True)
    aged(original, mask).save(folder / "old" / "portrait.jpg", quality=90, optimize=True)
    box(pictures["coffee"].size).save(folder / "masks" / "coffee.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
