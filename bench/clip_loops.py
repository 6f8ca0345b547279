"""Both loops of `python bench/clip.py speed`: the plain published one and ours."""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

SETTINGS = {"size": 128, "cutouts": 16, "pictures": 1, "steps": 10, "repeats": 3}
LOOPS = ("published", "ours-float32", "ours")
GENERATORS = {
    "default": {},
    "small": {
        "width": 16,
        "multipliers": (1, 2, 4, 8),
        "groups": 8,
        "z_channels": 64,
        "embed_dim": 32,
        "codes": 512,
    },
}
"""`small` is what docs/clip.md trains on one core."""


def measure_speed(given: argparse.Namespace) -> None:
    """Time the loops in one process, in turns; then ask one process each for its memory."""
    if given.loop:
        print(megabytes(given))
        return
    runs = {loop: loop_of(loop, given) for loop in LOOPS}
    for run in runs.values():
        run(2)
    best = dict.fromkeys(LOOPS, float("inf"))
    for _ in range(given.repeats):
        for loop, run in runs.items():
            best[loop] = min(best[loop], seconds(run, given) / given.steps)
    for loop, spent in best.items():
        print(
            f"{loop:13} {1 / spent:6.2f} steps/s  x{best['published'] / spent:.2f}  "
            f"{memory_of(loop, given):6.0f} MB per picture",
            flush=True,
        )


def seconds(run: Callable[[int], None], given: argparse.Namespace) -> float:
    wait = torch.cuda.synchronize if given.device == "cuda" else lambda: None
    # On the CPU one thread's own time: what else the machine does is not measured.
    clock = time.perf_counter if given.device == "cuda" else time.process_time
    wait()
    began = clock()
    run(given.steps)
    wait()
    return clock() - began


def memory_of(loop: str, given: argparse.Namespace) -> float:
    call = [sys.executable, str(Path(__file__).with_name("clip.py")), "speed", "--loop", loop]
    for name in ("device", "generator", "size", "cutouts", "pictures"):
        call += [f"--{name}", str(getattr(given, name))]
    return float(subprocess.run(call, check=True, capture_output=True).stdout)


def megabytes(given: argparse.Namespace) -> float:
    run = loop_of(given.loop, given)
    before = memory(torch.device(given.device))
    run(2)
    return (memory(torch.device(given.device)) - before) / given.pictures


def loop_of(loop: str, given: argparse.Namespace) -> Callable[[int], None]:
    """Return the loop as a function of the number of steps."""
    from translate_clip.generators import VQGAN, VqganConfig
    from translate_clip.nets.clip import Clip, ClipConfig
    from translate_clip.nets.judge import NativeJudge
    from translate_clip.nets.mobilenet import fold_norms
    from translate_clip.nets.painter import Painter, prepare

    torch.manual_seed(0)
    if given.device == "cpu":
        torch.set_num_threads(1)
    device = torch.device(given.device)
    dtype = torch.bfloat16 if loop == "ours" else torch.float32
    generator = VQGAN.build(VqganConfig.model_validate(GENERATORS[given.generator]))
    clip = Clip(ClipConfig()).eval()
    if loop == "published":
        torch.nn.ModuleList([generator, clip]).to(device).eval().requires_grad_(False)
        painter = Painter(generator, VQGAN.value_range, device)  # type: ignore[arg-type]
        judge = NativeJudge(clip, device)
    else:
        fold_norms(clip.visual.trunk)
        painter = Painter(prepare(generator, device, dtype), VQGAN.value_range, device, dtype)  # type: ignore[arg-type]
        exact = torch.float32 if given.device == "cpu" else dtype
        judge = NativeJudge(prepare(clip, device, exact), device, exact)  # type: ignore[arg-type]
    start = painter.sample(range(given.pictures), given.size, [()] * given.pictures, 1.0)
    targets, _ = judge.texts(["a photo of a daisy"] * given.pictures)
    make = published_steps if loop == "published" else our_steps
    return make(start, targets.detach(), painter, judge, given)


def our_steps(start, targets, painter, judge, given) -> Callable[[int], None]:
    from translate_clip.nets.cutouts import CutoutSettings
    from translate_clip.nets.guide import GuideSettings, guide
    from translate_clip.nets.losses import Aims

    aims = Aims(targets[:, None], torch.ones(len(targets), 1, device=targets.device))
    cut = CutoutSettings(given.cutouts, judge.size)

    def run(steps: int) -> None:
        settings = GuideSettings(steps=steps, cutouts=cut)
        generators = [torch.Generator().manual_seed(i) for i in range(len(start))]
        guide(start, aims, painter, judge.images, settings, generators)

    return run


def published_steps(start, targets, painter, judge, given) -> Callable[[int], None]:
    import kornia.augmentation as K
    from torch import nn

    from translate_clip.nets.clip import MEAN, STD

    augment = nn.Sequential(
        K.RandomHorizontalFlip(p=0.5),
        K.RandomAffine(degrees=15, shear=5, p=0.7, padding_mode="border"),
        K.RandomPerspective(0.35, p=0.7),
        K.ColorJitter(hue=0.1, saturation=0.1, p=0.7),
    )
    normalise = K.Normalize(torch.tensor(MEAN), torch.tensor(STD))
    z = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([z], lr=0.1)
    size = judge.size

    def cut(picture: Tensor) -> Tensor:
        height, width = picture.shape[-2:]
        pieces = []
        for _ in range(given.cutouts):
            side = int(min(height, width) * random.uniform(0.4, 1.0))
            top, left = random.randint(0, height - side), random.randint(0, width - side)
            piece = picture[..., top : top + side, left : left + side]
            pieces.append(F.interpolate(piece, (size, size), mode="bilinear", align_corners=False))
        return augment(torch.cat(pieces))

    def run(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            # One picture after the other, as the published program does with its queue.
            for i in range(len(z)):
                pieces = cut(painter.decode(z[i : i + 1]).clamp(0, 1))
                vectors = judge.net.encode_image(normalise(pieces))
                chord = (vectors - targets[i]).norm(dim=1)
                chord.div(2).arcsin().square().mul(2).mean().backward()
            optimizer.step()
            with torch.no_grad():
                z.copy_(painter.project(z))

    return run


def memory(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
