from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from translate.run.frame import Frame

HUGE = """
import resource, sys
from pathlib import Path
import numpy as np
from PIL import Image
from translate import Batch, Contract, Stage, Store
from translate.run.local import run
from translate.run.options import Options
from translate.run.plan import make_plan
from translate.run.program import Program

class Smear(Stage):
    name = "smear"
    def contract(self, store):
        return Contract(halo=2)
    def load(self, ctx):
        from torch.nn import functional
        def smear(batch):
            image = functional.pad(batch.image, (2,) * 4, "replicate")
            return batch.replace(image=functional.avg_pool2d(image, 5, stride=1))
        return smear

side, folder = int(sys.argv[1]), Path(sys.argv[2])
Image.MAX_IMAGE_PIXELS = None
row = (np.arange(side) // 128 % 256).astype(np.uint8)
Image.fromarray(np.broadcast_to(row[:, None], (side, side))).convert("RGB").save(folder / "a.jpg")
del row
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
steps, options = (Smear(), Smear()), Options(device="cpu", format="png")
plan = make_plan([folder / "a.jpg"], folder / "out", steps=steps, store=Store(), options=options)
(result,) = run(plan, Program(steps, Store(), options=options))
print(result.out_size, before * 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def test_tiles_are_all_that_is_ever_computed_at_once(program, stages, draw) -> None:
    seen, most = [], 0
    lock = threading.Lock()

    class Count(stages.Smear):
        name = "count"

        def load(self, ctx):
            inner = super().load(ctx)

            def run(batch):
                nonlocal most
                with lock:
                    seen.append(batch.image.shape[-2:])
                    most = max(most, batch.image.numel())
                return inner(batch)

            return run

    steps = program(Count(reach=4), stages.Invert(), Count(reach=2), tile=64)
    (made,) = steps.translate([Frame("a.png", 0, draw(400, 500))])
    assert isinstance(made, Frame)
    assert made.image.shape == (400, 500, 3)
    assert len(seen) == 2 * 7 * 8
    # A core of 64, the blend's half of 16 and the halo of 4 + 2, on both sides.
    assert most <= 3 * (64 + 2 * (8 + 6)) ** 2


def test_helpers_change_no_pixel(program, stages, draw) -> None:
    frame = Frame("a.png", 1, draw(200, 300))
    steps = program(stages.Grain(), stages.Smear(reach=5), tile=48)
    made = []
    for helpers in (1, 3):
        steps.helpers = helpers
        made.append(steps.translate([frame])[0].image)
    assert np.array_equal(*made)


def test_helpers_keep_no_gradients(program, stages, draw) -> None:
    modes = []

    class Ask(stages.Invert):
        name = "ask"

        def load(self, ctx):
            def run(batch):
                modes.append(torch.is_grad_enabled())
                return batch.replace(image=1 - batch.image)

            return run

    steps = program(Ask(), tile=32)
    steps.helpers = 2
    steps.translate([Frame("a.png", 1, draw(90, 90))])
    assert set(modes) == {False}


@pytest.mark.slow
def test_picture_of_20000_by_20000_within_4_gigabytes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HUGE, "20000", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("(20000, 20000)")
    assert int(said.split()[-1]) < 4e9
