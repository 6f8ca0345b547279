"""The serial loop of a folder translation: one picture after the other, float32, nothing fused.

    python bench/serial_loop.py WEIGHTS INPUT OUTPUT

What the reference implementation's test script does with each picture, re-expressed: decode, resize
bicubic, normalise, run the plain network, truncate to 8 bits, save the input and the result as PNG
with Pillow's default encoder. `bench/folder.py` runs it where it is given no checkout.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from translate.nn.gan.kinds import KINDS
from translate.nn.gan.load import load_generator
from translate.weights import load_file


def read(path: Path) -> torch.Tensor:
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB").resize((256, 256), Image.Resampling.BICUBIC))
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1


def save(tensor: torch.Tensor, path: Path) -> None:
    pixels = ((tensor[0].permute(1, 2, 0).numpy() + 1) / 2 * 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)


def main() -> None:
    weights, source, output = map(Path, sys.argv[1:])
    net = load_generator(load_file(weights), {kind.name: kind for kind in KINDS}).net
    output.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        for path in sorted(source.iterdir()):
            real = read(path)
            save(net(real), output / f"{path.stem}_fake.png")
            save(real, output / f"{path.stem}_real.png")


if __name__ == "__main__":
    main()
