"""Speed of the diffusion plugin: `bench/diffusion_quality.py` has its quality.

    python bench/diffusion.py network    evaluations and training steps beside diffusers
    python bench/diffusion.py stages     seconds of each stage beside a bicubic resize

Times are those of the thread, the best of several turns taken in alternation, on one thread: other
work on the machine hardly moves their ratios.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from translate import Batch, Store
from translate.nn.diffusion.unet import build_unet
from translate.plugins import discover
from translate.run.options import Options
from translate.run.program import Program
from translate_diffusion.configs import FillerConfig
from translate_diffusion.nets.filler import unet_config
from translate_diffusion.nets.upscaler import resize

TURNS, SIDE, BATCH = 5, 64, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("network", "stages"))
    what = parser.parse_args().what
    torch.set_num_threads(1)
    network() if what == "network" else stages()


def network() -> None:
    ours, theirs = build_unet(unet_config(FillerConfig())), diffusers_unet()
    for name, net in (("ours", ours), ("diffusers", theirs)):
        print(f"{name}: {sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters")
    x, levels = torch.rand(BATCH, 7, SIDE, SIDE), torch.ones(BATCH)
    call_theirs = lambda net, x: net(x, levels).sample  # noqa: E731
    call_ours = lambda net, x: net(x, levels)  # noqa: E731
    works = {"diffusers float32": evaluation(theirs, x, torch.float32, False, call_theirs)}
    works["diffusers bfloat16 channels_last"] = evaluation(
        theirs, x, torch.bfloat16, True, call_theirs
    )
    works["ours float32"] = evaluation(ours, x, torch.float32, False, call_ours)
    works["ours bfloat16 channels_last"] = evaluation(ours, x, torch.bfloat16, True, call_ours)
    table("evaluations", works)
    works = {"diffusers float32": training(theirs, x, False, call_theirs)}
    works["diffusers bfloat16"] = training(theirs, x, True, call_theirs)
    works["ours bfloat16"] = training(ours, x, True, call_ours)
    table("training samples", works)


def diffusers_unet() -> nn.Module:
    """Return diffusers' U-Net of our size: its own defaults but for the widths."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        in_channels=7,
        out_channels=3,
        block_out_channels=(32, 64, 128),
        layers_per_block=1,
        norm_num_groups=16,
        down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
    )


Call = Callable[[nn.Module, Tensor], Tensor]


def evaluation(
    net: nn.Module, x: Tensor, dtype: torch.dtype, last: bool, call: Call
) -> Callable[[], object]:
    layout = torch.channels_last if last else torch.contiguous_format
    net = copy.deepcopy(net).to(dtype, memory_format=layout)
    x = x.to(dtype, memory_format=layout)

    def work() -> None:
        with torch.no_grad():
            call(net, x)

    return work


def training(net: nn.Module, x: Tensor, half: bool, call: Call) -> Callable[[], object]:
    net = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-5, fused=True)

    def work() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = call(net, x).float().square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return work


def best_times(works: Sequence[Callable[[], object]], turns: int = TURNS) -> list[float]:
    """Return the best thread time of each in seconds, after one turn that warms up."""
    best = [math.inf] * len(works)
    for turn in range(turns + 1):
        for index, work in enumerate(works):
            start = time.thread_time()
            work()
            taken = time.thread_time() - start
            best[index] = min(best[index], taken) if turn else best[index]
    return best


def table(what: str, works: dict[str, Callable[[], object]]) -> None:
    times = best_times(list(works.values()))
    print(f"{what} per second, {SIDE} px, batches of {BATCH}:")
    for name, taken in zip(works, times, strict=True):
        print(f"  {name:34} {BATCH / taken:7.1f}   x {times[0] / taken:.2f}")


def stages() -> None:
    """Print what the stages cost beside a bicubic resize to the size that comes out."""
    small, photo = torch.rand(1, 3, 256, 256), smooth(3000, 4000)
    hole = torch.zeros(1, 1, 3000, 4000)
    hole[..., 1500:1564, 2000:2064] = 1
    for text, name, values, image in (
        ("upscale 256 to 1024, detail", "upscale", {}, small),
        ("upscale 256 to 1024, fidelity", "upscale", {"mode": "fidelity"}, small),
        ("colorize 12 megapixels", "colorize", {}, photo),
        ("inpaint 64 px in 12 megapixels", "inpaint", {}, photo),
    ):
        registry = discover()
        stage = registry.stages[name].model_validate(values)
        program = Program([stage], Store(registry.weights), options=Options(device="cpu"))
        batch = Batch(image, ("a.png",), (1,), mask=hole if name == "inpaint" else None)
        height, width = stage.output_size(*image.shape[-2:])
        ours, plain = best_times(
            (
                lambda program=program, batch=batch: program.run(batch),
                lambda image=image, size=(height, width + 1): resize(image, *size),
            ),
            turns=2,
        )
        print(f"{text:32} {ours:6.2f} s   {ours / plain:6.1f} x a bicubic resize")


def smooth(height: int, width: int) -> Tensor:
    return F.interpolate(torch.rand(1, 3, 30, 40), (height, width), mode="bilinear")


if __name__ == "__main__":
    main()
