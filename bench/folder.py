"""A folder of JPEGs to PNG through a generator: `translate run` against the reference.

    python bench/folder.py [--reference CHECKOUT] [--net resnet-9] [--net unet-256]
                           [--counts 40 200] [--repeat 1]

CHECKOUT is a copy of pytorch-CycleGAN-and-pix2pix (any fork that kept `test.py`; it needs the
package `dominate`). Without one, `bench/serial_loop.py` stands in: the same loop, re-expressed.

Both start from cold, with the same random weights and the same pictures, and take turns. Printed
are the wall time for each count of pictures, the steady rate (the pictures between the two counts
over the time between them), their ratios, and how near the default precision and float32 come to
the reference's pictures. The reference also writes each input as PNG and an HTML page, and it
truncates to 8 bits where we round. It has no way to leave that out, and a user waits for it, so
it is counted.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from translate.nn.gan.blocks import init_weights
from translate.nn.gan.kinds import KINDS

SIZE = 256
MAIN = "from translate.cli import main; main()"
GENERATORS = {kind.name: kind for kind in KINDS}
REFERENCE_FLAGS = {
    "resnet-9": ["--netG", "resnet_9blocks", "--norm", "instance", "--no_dropout"],
    "unet-256": ["--netG", "unet_256", "--norm", "batch"],
}
BARS = {"resnet-9": (5.0, 6.0), "unet-256": (3.5, 7.0)}
"""Ratios of wall time at the first count, and of steady rates, that are aimed at."""


@dataclass(frozen=True)
class Setting:
    """What both sides are given."""

    work: Path
    net: str
    reference: Path | None

    @property
    def weights(self) -> Path:
        """Where the reference looks for them."""
        return self.work / "checkpoints" / self.net / "latest_net_G.pth"

    def pictures(self, count: int) -> Path:
        """The folder of so many pictures."""
        return self.work / f"jpeg-{count}"


def draw(folder: Path, count: int) -> None:
    """Write JPEGs of soft noise, edges and grain, about as hard to decode as photographs."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for index in range(count):
        field = np.zeros((SIZE, SIZE, 3))
        for cells in (2, 8, 32, 128):
            coarse = Image.fromarray(random.integers(0, 256, (cells, cells, 3), np.uint8))
            fine = coarse.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
            field += np.asarray(fine, float) / cells**0.5
        field[:, random.integers(40, 200) :] *= 0.6
        pixels = (field / field.max() * 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:04d}.jpg", quality=90)


def prepare(setting: Setting) -> None:
    """Save random weights in the reference's layout, under the name that it looks for."""
    torch.manual_seed(0)
    kind = GENERATORS[setting.net]
    net = kind.build(kind.config())
    init_weights(net)
    with torch.no_grad():  # Statistics of some pictures, as training would leave them.
        net.train()(torch.rand(2, 3, SIZE, SIZE) * 2 - 1)
    setting.weights.parent.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), setting.weights)


def call(command: list[str], cwd: Path | None = None, path: Path | None = None) -> float:
    """Run a command; return its wall time, or stop with its last words."""
    environment = dict(os.environ)
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(path), *filter(None, [environment.get("PYTHONPATH")])]
        )
    start = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command[:3])} ... failed:\n{done.stderr[-800:]}")
    return time.perf_counter() - start


def run_reference(setting: Setting, count: int) -> float:
    """Run the reference's test script (or the loop re-expressed) over the folder."""
    if setting.reference is None:
        loop = Path(__file__).with_name("serial_loop.py")
        folder = setting.work / f"reference-{setting.net}-{count}"
        arguments = [str(loop), str(setting.weights), str(setting.pictures(count)), str(folder)]
        return call([sys.executable, *arguments])
    stubs = setting.work / "stubs"
    stubs.mkdir(exist_ok=True)
    if find_spec("wandb") is None:
        # It is imported whether or not it is used.
        (stubs / "wandb.py").write_text("")
    results = setting.work / f"reference-{setting.net}-{count}"
    arguments = ["test.py", "--dataroot", str(setting.pictures(count)), "--name", setting.net]
    arguments += ["--checkpoints_dir", str(setting.work / "checkpoints"), "--model", "test"]
    arguments += ["--results_dir", str(results), "--num_test", str(count), "--eval"]
    command = [sys.executable, *arguments, *REFERENCE_FLAGS[setting.net]]
    return call(command, setting.reference, stubs)


def run_ours(precision: str) -> Callable[[Setting, int], float]:
    """Return what runs `translate run` over the folder in that precision."""

    def run(setting: Setting, count: int) -> float:
        stage = f"pix2pix weights={setting.weights} stats=running"
        output = setting.work / f"{precision}-{setting.net}-{count}"
        options = ["--format", "png", "--overwrite", "--precision", precision]
        command = [sys.executable, "-c", MAIN, "run", stage, str(setting.pictures(count))]
        return call([*command, str(output), *options])

    return run


def pixels_of(setting: Setting, who: str, count: int) -> np.ndarray:
    """Return the results of one side, in the order of the inputs: (count, 256, 256, 3)."""
    folder = setting.work / f"{who}-{setting.net}-{count}"
    ending = "_fake.png" if who == "reference" else ".png"
    found = {path.name: path for path in folder.rglob(f"*{ending}")}
    names = [f"{path.stem}{ending}" for path in sorted(setting.pictures(count).iterdir())]
    return np.stack([np.asarray(Image.open(found[name]).convert("RGB"), float) for name in names])


def decibels(one: np.ndarray, other: np.ndarray) -> float:
    error = float(np.square(one - other).mean())
    return float("inf") if error == 0 else 10 * math.log10(255**2 / error)


def measure(setting: Setting, counts: list[int], repeat: int) -> dict[str, list[float]]:
    """Return the best wall time of each side for each count; the sides take turns."""
    sides = {
        "reference": run_reference,
        "auto": run_ours("auto"),
        "float32": run_ours("float32"),
    }
    rounds = [
        [[run(setting, count) for count in counts] for run in sides.values()] for _ in range(repeat)
    ]
    return dict(zip(sides, np.min(rounds, axis=0).tolist(), strict=True))


def report(setting: Setting, counts: list[int], times: dict[str, list[float]]) -> None:
    who = "reference" if setting.reference else "serial loop (no checkout was given)"
    print(f"\n{setting.net}, {SIZE} px, JPEG to PNG, against the {who}")

    def steady(walls: list[float]) -> float:
        return (counts[-1] - counts[0]) / max(walls[-1] - walls[0], 1e-9)

    theirs = times["reference"]
    for side, walls in times.items():
        cells = [f"{n} in {wall:6.2f} s" for n, wall in zip(counts, walls, strict=True)]
        line = f"  {side:<10}" + "   ".join(cells)
        ratios = [f"{a / b:.2f} x" for a, b in zip(theirs, walls, strict=True)]
        if len(counts) > 1:
            line += f"   steady {steady(walls):6.2f} img/s"
            ratios.append(f"steady {steady(walls) / steady(theirs):.2f} x")
        print(line + ("" if side == "reference" else f"   ratios {', '.join(ratios)}"))
    wall, rate = BARS[setting.net]
    print(f"  aimed at, by default: {wall} x of the wall time, {rate} x of the steady rate")
    exact, fast, truth = (
        pixels_of(setting, side, counts[0]) for side in ("float32", "auto", "reference")
    )
    print(f"  default to float32: {decibels(fast, exact):.1f} dB (aimed at: 45)")
    print(f"  float32 to the reference: within {np.abs(exact - truth).max():.0f}/255")


def main() -> None:
    parser = argparse.ArgumentParser(description="A folder through a generator, as ratios.")
    parser.add_argument("--reference", type=Path, help="checkout of the reference")
    parser.add_argument("--net", action="append", choices=list(BARS), help="default: both")
    parser.add_argument("--counts", type=int, nargs="+", default=[40, 200])
    parser.add_argument("--repeat", type=int, default=1)
    asked = parser.parse_args()
    if asked.reference and not (asked.reference / "test.py").is_file():
        parser.error(f"{asked.reference} has no test.py")
    with tempfile.TemporaryDirectory() as work:
        for net in asked.net or list(BARS):
            setting = Setting(Path(work), net, asked.reference and asked.reference.resolve())
            prepare(setting)
            for count in asked.counts:
                draw(setting.pictures(count), count)
            report(setting, asked.counts, measure(setting, asked.counts, asked.repeat))


if __name__ == "__main__":
    main()
