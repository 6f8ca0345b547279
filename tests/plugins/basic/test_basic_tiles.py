"""What is bound to its place in the picture is so too when a chain is cut into tiles."""

from __future__ import annotations

import pytest
import torch

from translate import Stage, Store
from translate.images import to_array
from translate.run.frame import Frame
from translate.run.options import Options
from translate.run.program import Program
from translate_basic.degrade import JpegArtifacts, Noise
from translate_basic.filters import Blur
from translate_basic.geometry import UpscaleBicubic
from translate_basic.mix import Blend, Keep

CHAINS = [
    [Noise(amount=0.2)],
    [UpscaleBicubic(factor=2), Noise(amount=0.2)],
    [UpscaleBicubic(factor=3), JpegArtifacts(quality=20)],
    [Blur(radius=2), JpegArtifacts(quality=20), UpscaleBicubic(factor=2), Noise(amount=0.1)],
    [Keep(), UpscaleBicubic(factor=2), Blend(amount=0.5, mode="multiply"), Noise()],
]


@pytest.mark.parametrize("steps", CHAINS, ids=lambda steps: "-".join(s.name for s in steps))
def test_a_chain_gives_the_same_picture_whole_and_in_tiles(steps: list[Stage]) -> None:
    image = to_array(torch.rand(3, 83, 97, generator=torch.Generator().manual_seed(1)), "uint8")
    frame = Frame("a.png", 5, image)
    whole, tiled = (
        Program(steps, Store(), options=Options(device="cpu", tile=tile)).translate([frame])[0]
        for tile in (0, 32)
    )
    assert isinstance(whole, Frame)
    assert isinstance(tiled, Frame)
    apart = abs(whole.image.astype(int) - tiled.image.astype(int))
    # a last bit can tip the rounding of a JPEG coefficient, and with it one block of 16 x 16
    assert (apart > 1).mean() < 0.01
