"""Training steps per second: ours against the reference's, generator and discriminator.

    python bench/train_gan.py [--reference CHECKOUT] [--net unet-256] [--net resnet-6]
                              [--batch N] [--size N] [--steps 5] [--curves N]

CHECKOUT is a copy of pytorch-CycleGAN-and-pix2pix, whose own model classes take the steps. Without
one, `bench/plain_steps.py` stands in, which re-expresses them. The reference computes in float32,
as it always does; ours in what `translate train` chooses here by itself, and in float32.

U-Nets are trained as pix2pix (batch 8), ResNets as CycleGAN (batch 1). Both sides start from the
same weights and see the same pictures. `--curves N` trains N steps of each and prints the course of
the reconstruction loss (L1, or cycle): the two should end within their noise.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
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

CPU = torch.device("cpu")
SIZES = {"unet-128": (8, 128), "unet-256": (8, 256), "resnet-6": (1, 128), "resnet-9": (1, 128)}
"""Pictures in a step, and their side."""
BARS = {"unet-128": 2.5, "unet-256": 2.5, "resnet-6": 2.2, "resnet-9": 2.2}


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


def rate(step: Step, data: tuple[Tensor, Tensor], steps: int) -> float:
    """Return pictures per second of the best step after one to warm up."""
    step(*data)
    best = float("inf")
    for _ in range(steps):
        start = time.perf_counter()
        step(*data)
        best = min(best, time.perf_counter() - start)
    return len(data[0]) / best


def curve(step: Step, data: tuple[Tensor, Tensor], batch: int, steps: int) -> list[float]:
    """Train over the pictures in a fixed order; return the loss of each step."""
    losses = []
    for index in range(steps):
        chosen = torch.arange(index * batch, (index + 1) * batch) % len(data[0])
        losses.append(step(data[0][chosen], data[1][chosen]))
    return losses


def show_curves(curves: dict[str, list[float]]) -> None:
    for name, losses in curves.items():
        parts = np.array_split(np.array(losses), min(10, len(losses)))
        end = np.array(losses[-max(1, len(losses) // 5) :])
        course = " ".join(f"{part.mean():.3f}" for part in parts)
        print(f"  {name:<15} {course}   end {end.mean():.4f} (deviation {end.std():.4f})")


def sides_of(
    net: str, ngf: int, size: int, device: torch.device, reference: Path | None
) -> dict[str, Callable[[], Step]]:
    """Return what makes the step of each side, from the same first weights."""
    fast = precision("auto", device)

    def theirs() -> Step:
        first = prepared(net, ngf, size, device)
        make = reference_step if reference else plain_step
        return make(net, ngf, first.nets, device)

    if reference:
        sys.path.insert(0, str(reference))
    return {
        "reference": theirs,
        f"ours {str(fast).removeprefix('torch.')}": lambda: our_step(
            prepared(net, ngf, size, device), fast, device
        ),
        "ours float32": lambda: our_step(prepared(net, ngf, size, device), torch.float32, device),
    }


def bench(net: str, asked: argparse.Namespace) -> None:
    batch, size = SIZES[net]
    batch, size = asked.batch or batch, asked.size or size
    device = torch.device(asked.device)
    sides = sides_of(net, asked.ngf, size, device, asked.reference)
    who = "reference" if asked.reference else "its step re-expressed (no checkout was given)"
    print(f"\n{net}, ngf {asked.ngf}, {size} px, batch {batch}: ours / {who}")
    if asked.curves:
        data = pictures(64, size)
        show_curves(
            {name: curve(make(), data, batch, asked.curves) for name, make in sides.items()}
        )
        return
    data = pictures(batch, size)
    rates = {name: rate(make(), data, asked.steps) for name, make in sides.items()}
    for name, value in rates.items():
        ratio = value / rates["reference"]
        print(f"  {name:<15} {value:8.2f} img/s   {ratio:5.2f} x")
    print(f"  aimed at: {BARS[net]} x, in float32 1.1 x; largest memory of all sides ", end="")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")


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
    asked = parser.parse_args()
    for net in asked.net or ["unet-256", "resnet-6", "resnet-9"]:
        bench(net, asked)


if __name__ == "__main__":
    main()
