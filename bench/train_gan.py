"""Training steps per second and memory: ours against the reference's, generator and discriminator.

    python bench/train_gan.py [--reference CHECKOUT] [--net unet-256] [--net resnet-6]
                              [--batch N] [--size N] [--steps 5] [--curves N]

CHECKOUT is a copy of pytorch-CycleGAN-and-pix2pix, whose own model classes take the steps. Without
one, `bench/plain_steps.py` stands in, which re-expresses them. The reference computes in float32,
as it always does; ours in what `translate train` chooses here by itself, and in float32.

U-Nets are trained as pix2pix (batch 8), ResNets as CycleGAN (batch 1). Both sides start from the
same weights and see the same pictures, each in a process of its own, whose largest memory is told.
`--curves N` trains N steps of each and prints the course of the reconstruction loss (L1, or cycle):
they should end within their noise.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from plain_steps import Step, plain_step, reference_step
from torch import Tensor

from translate import Batch, Recipe, TrainContext, Training
from translate.nn.gan.kinds import KINDS
from translate.train.device import layout, precision
from translate.train.step import Stepper
from translate_cyclegan.recipe import CycleGANRecipe
from translate_pix2pix.recipe import Pix2PixRecipe

SIZES = {"unet-128": (8, 128), "unet-256": (8, 256), "resnet-6": (1, 128), "resnet-9": (1, 128)}
"""Pictures in a step, and their side."""
BARS = {"unet-128": 2.5, "unet-256": 2.5, "resnet-6": 2.2, "resnet-9": 2.2}
SIDES = ("reference", "ours", "ours float32")


@dataclass(frozen=True)
class Job:
    """What both sides train."""

    net: str
    ngf: int
    size: int
    batch: int
    device: str
    threads: int
    reference: Path | None


@dataclass(frozen=True)
class Cost:
    """What a side took."""

    rate: float
    """Pictures per second."""
    memory: float
    """Largest, of the process or on the GPU, in GiB."""


def recipe_of(net: str, ngf: int) -> Recipe:
    kind = Pix2PixRecipe if net.startswith("unet") else CycleGANRecipe
    return kind(generator=net, ngf=ngf, ndf=ngf)


def prepared(net: str, ngf: int, size: int, device: torch.device) -> Training:
    """Return networks with the same first weights every time."""
    torch.manual_seed(0)
    context = TrainContext(device, {kind.name: kind for kind in KINDS}, size=(size, size))
    return recipe_of(net, ngf).prepare(context)


def pictures(count: int, size: int) -> tuple[Tensor, Tensor]:
    """Return soft colour fields with an edge, and the same with colours turned and darkened."""
    random = np.random.default_rng(0)
    coarse = torch.from_numpy(random.random((count, 3, 4, 4), np.float32))
    field = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(0, 1)
    places = random.integers(size // 4, 3 * size // 4, count)
    for picture, place in zip(field, places, strict=True):
        picture[:, :, place:] *= 0.5
    return field, field.roll(1, 1) ** 1.5


def our_step(training: Training, dtype: torch.dtype, device: torch.device) -> Step:
    form = layout("auto", True, device, dtype)
    training.nets.to(memory_format=form)
    stepper = Stepper(training, device, dtype)

    def step(a: Tensor, b: Tensor) -> float:
        names = tuple(map(str, range(len(a))))
        image, reference = (x.to(device).contiguous(memory_format=form) for x in (a, b))
        batch = Batch(image, names, (0,) * len(a), reference=reference)
        stepper.step([batch], [0], 1.0)
        parts = training.log()
        return parts.get("g_l1", parts.get("cycle_a", 0.0) / 10)

    return step


def step_of(side: str, job: Job) -> Step:
    """Return the step of a side, from the same first weights."""
    torch.set_num_threads(job.threads)
    device = torch.device(job.device)
    first = prepared(job.net, job.ngf, job.size, device)
    if side == "reference":
        if job.reference:
            sys.path.insert(0, str(job.reference))
        make = reference_step if job.reference else plain_step
        return make(job.net, job.ngf, first.nets, device)
    dtype = precision("auto", device) if side == "ours" else torch.float32
    return our_step(first, dtype, device)


def cost(side: str, job: Job, steps: int) -> Cost:
    """Return what the best step after one to warm up took."""
    step, data = step_of(side, job), pictures(job.batch, job.size)
    step(*data)
    best = float("inf")
    for _ in range(steps):
        start = time.perf_counter()
        step(*data)
        best = min(best, time.perf_counter() - start)
    on_gpu = torch.device(job.device).type == "cuda"
    used = torch.cuda.max_memory_allocated() if on_gpu else 1024 * peak()
    return Cost(job.batch / best, used / 2**30)


def peak() -> int:
    """Return the largest memory of this process so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def curve(side: str, job: Job, steps: int) -> list[float]:
    """Train over 64 pictures in a fixed order; return the loss of each step."""
    step, (a, b) = step_of(side, job), pictures(64, job.size)
    losses = []
    for index in range(steps):
        chosen = torch.arange(index * job.batch, (index + 1) * job.batch) % len(a)
        losses.append(step(a[chosen], b[chosen]))
    return losses


def show_curves(curves: dict[str, list[float]]) -> None:
    for name, losses in curves.items():
        parts = np.array_split(np.array(losses), min(10, len(losses)))
        end = np.array(losses[-max(1, len(losses) // 5) :])
        course = " ".join(f"{part.mean():.3f}" for part in parts)
        print(f"  {name:<15} {course}   end {end.mean():.4f} (deviation {end.std():.4f})")


def bench(job: Job, asked: argparse.Namespace) -> None:
    who = "reference" if job.reference else "its step re-expressed (no checkout was given)"
    print(f"\n{job.net}, ngf {job.ngf}, {job.size} px, batch {job.batch}: ours / {who}")
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as alone:
        if asked.curves:
            found = [alone.submit(curve, side, job, asked.curves) for side in SIDES]
            show_curves(dict(zip(SIDES, (future.result() for future in found), strict=True)))
            return
        futures = [alone.submit(cost, side, job, asked.steps) for side in SIDES]
        costs = dict(zip(SIDES, (future.result() for future in futures), strict=True))
    theirs = costs["reference"]
    for name, ours in costs.items():
        print(
            f"  {name:<15} {ours.rate:8.2f} img/s   {ours.rate / theirs.rate:5.2f} x   "
            f"{ours.memory:5.2f} GiB   {ours.memory / theirs.memory:5.2f} x"
        )
    print(f"  aimed at: {BARS[job.net]} x, in float32 1.1 x; memory at most 1 x")


def main() -> None:
    parser = argparse.ArgumentParser(description="Training steps per second, as ratios.")
    parser.add_argument("--reference", type=Path, help="checkout of the reference")
    parser.add_argument("--net", action="append", choices=list(SIZES), help="may be repeated")
    parser.add_argument("--batch", type=int, help="pictures in a step")
    parser.add_argument("--size", type=int, help="side of the pictures")
    parser.add_argument("--ngf", type=int, default=64)
    parser.add_argument("--steps", type=int, default=5, help="the best of so many counts")
    parser.add_argument("--curves", type=int, default=0, help="compare so many steps of training")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    asked = parser.parse_args()
    for net in asked.net or ["unet-256", "resnet-6", "resnet-9"]:
        batch, size = asked.batch or SIZES[net][0], asked.size or SIZES[net][1]
        job = Job(net, asked.ngf, size, batch, asked.device, asked.threads, asked.reference)
        bench(job, asked)


if __name__ == "__main__":
    main()
