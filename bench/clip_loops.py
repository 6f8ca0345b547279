"""Both loops of `python bench/clip.py speed`: the plain published one and ours."""

from __future__ import annotations

import argparse
import json
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


def measure_speed(given: argparse.Namespace) -> None:
    if given.loop:
        print(json.dumps(one_loop(given)))
        return
    best: dict[str, dict[str, float]] = {}
    for _ in range(given.repeats):
        for loop in ("published", "ours-float32", "ours"):
            call = [
                sys.executable,
                str(Path(__file__).with_name("clip.py")),
                "speed",
                "--loop",
                loop,
                "--device",
                given.device,
            ]
            for name in ("size", "cutouts", "pictures", "steps"):
                call += [f"--{name}", str(getattr(given, name))]
            row = json.loads(subprocess.run(call, check=True, capture_output=True).stdout)
            if (
                row["steps_per_second"] > best.get(loop, row)["steps_per_second"]
                or loop not in best
            ):
                best[loop] = row
    for loop, row in best.items():
        ratio = row["steps_per_second"] / best["published"]["steps_per_second"]
        print(
            f"{loop:13} {row['steps_per_second']:8.2f} steps/s  x{ratio:.2f}  "
            f"{row['megabytes_per_picture']:8.0f} MB per picture"
        )


def one_loop(given: argparse.Namespace) -> dict[str, float]:
    from translate_clip.generators import VQGAN, VqganConfig
    from translate_clip.nets.clip import Clip, ClipConfig
    from translate_clip.nets.judge import NativeJudge
    from translate_clip.nets.mobilenet import fold_norms
    from translate_clip.nets.painter import Painter, prepare

    torch.manual_seed(0)
    if given.device == "cpu":
        torch.set_num_threads(1)
    device = torch.device(given.device)
    dtype = torch.bfloat16 if given.loop == "ours" else torch.float32
    generator, clip = VQGAN.build(VqganConfig()), Clip(ClipConfig()).eval()
    if given.loop == "published":
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
    make = published_steps if given.loop == "published" else our_steps
    before, run = memory(device), make(start, targets.detach(), painter, judge, given)
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    run(2)
    wait()
    # One thread's own time: what else the machine does is not measured.
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    began = clock()
    run(given.steps)
    wait()
    seconds = clock() - began
    return {
        "steps_per_second": given.steps / seconds,
        "megabytes_per_picture": (memory(device) - before) / given.pictures,
    }


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
