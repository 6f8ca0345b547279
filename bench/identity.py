"""What the engine costs: pictures in and out through a stage that does nothing.

Writes JPEGs of 1024 x 768 pixels to a temporary folder, and takes them through

* a bare pool of threads: Pillow opens, decodes, encodes and writes each file;
* `translate`: plan, decode, a stage that does nothing, encode, digests, journal. The core makes no
  floats for such a stage; `--floats` has it make them, as it does for every other one.

Both use the same threads, the same quality and the same files, in turns; the best of each counts.

    python bench/identity.py --count 500 --rounds 3
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image, ImageFilter

from translate import Batch, Context, Contract, Stage, Store
from translate.run.local import run
from translate.run.options import Options
from translate.run.plan import make_plan
from translate.run.program import Program
from translate.run.results import Done
from translate.run.threads import cores
from translate.stage import Run

QUALITY = 85
SIZE = (1024, 768)


class Identity(Stage):
    """Give back what came."""

    name: ClassVar[str] = "identity"
    floats: bool = False

    def contract(self, store: Store) -> Contract:
        """Say that nothing is needed and nothing changed, or that each pixel stands alone."""
        return Contract(halo=0) if self.floats else Contract(needs=(), gives=(), halo=0)

    def load(self, ctx: Context) -> Run:
        """Return what does nothing."""

        def same(batch: Batch) -> Batch:
            return batch

        return same


def write_pictures(folder: Path, count: int) -> None:
    """Write pictures that cost a codec what photographs cost: shapes, slopes and grain."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    grain = Image.fromarray(chance.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8))
    for number in range(min(count, 20)):
        small = Image.fromarray(chance.integers(0, 255, (12, 16, 3), np.uint8))
        shapes = small.resize(SIZE, Image.Resampling.BICUBIC)
        fine = grain.filter(ImageFilter.GaussianBlur(1.2))
        Image.blend(shapes, fine, 0.25).save(folder / f"{number:04d}.jpg", quality=QUALITY)
    for number in range(20, count):
        data = (folder / f"{number % 20:04d}.jpg").read_bytes()
        (folder / f"{number:04d}.jpg").write_bytes(data)


def bare(source: Path, out: Path, workers: int) -> None:
    """Decode and encode every file, and nothing else."""
    out.mkdir()

    def work(path: Path) -> None:
        with Image.open(path) as image:
            image.load()
            image.save(out / path.name, "JPEG", quality=QUALITY, subsampling="4:2:0")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, sorted(source.iterdir())))


def belt(program: Program, source: Path, out: Path) -> None:
    """Plan and run, from the command's arguments to the last file."""
    options = program.options
    plan = make_plan(
        [source], out, steps=(Identity(),), store=Store(), options=options, sizes=False
    )
    for result in run(plan, program):
        if not isinstance(result, Done):
            raise SystemExit(f"{result}")


def seconds(work: Callable[[], None]) -> float:
    """Return how long some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print both rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--floats", action="store_true", help="make floats, as other stages need")
    arguments = parser.parse_args()
    options = Options(device="cpu", quality=QUALITY, workers=arguments.workers)
    program = Program((Identity(floats=arguments.floats),), Store(), options=options)
    times: dict[str, list[float]] = {"bare": [], "belt": []}
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in"
        write_pictures(source, arguments.count)
        for number in range(arguments.rounds):
            out = Path(name) / f"bare{number}"
            times["bare"].append(seconds(lambda out=out: bare(source, out, arguments.workers)))  # type: ignore[misc]
            out = Path(name) / f"belt{number}"
            times["belt"].append(seconds(lambda out=out: belt(program, source, out)))  # type: ignore[misc]
    best = {what: min(found) for what, found in times.items()}
    for what, took in best.items():
        print(f"{what}: {took:.2f} s, {arguments.count / took:.0f} pictures/s")
    print(f"ratio: {best['bare'] / best['belt']:.2f} (target 0.85)")


if __name__ == "__main__":
    main()
