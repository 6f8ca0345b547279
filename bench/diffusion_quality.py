"""Quality of the diffusion plugin: the measures of its model cards, beside their baselines.

    python bench/diffusion_quality.py SHARED
        [--only upscale jpeg deartifact colorize inpaint uncrop] [--weights FILE]
        [--limit N] [--set KEY=VALUE ...] [--sheet FOLDER]

SHARED is the folder of shared data: Kodak24, photos_val, MobileNetV2. Pictures go through the
stages as a pipeline would load them; results are rounded to 8 bits. Upscaling: x4, luma (BT.601),
border of 4 px left out. Holes: boxes and strokes over 10 to 25 %, measured inside the hole.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from translate import Batch, Store
from translate.images import decode, encode, to_array, to_tensor
from translate.images.picture import Picture
from translate.measure import Features, feature_distance, load_features
from translate.plugins import discover
from translate.run.options import Options
from translate.run.program import Program
from translate_diffusion.nets import color
from translate_diffusion.nets.masks import random_masks
from translate_diffusion.nets.upscaler import resize

FEATURES = "data/checkpoints/mobilenet/mobilenet_v2_bnfolded_fp16.pth"
BORDER = 4
QUALITIES = (30, 50, 75, 95)
JPEG_WEIGHTS = ("upscale", "upscale-jpeg")
LUMA = torch.tensor([65.481, 128.553, 24.966]).view(3, 1, 1) / 255
Row = dict[str, float]


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    features = load_features(options.shared / FEATURES)
    with torch.no_grad():
        for name in options.only:
            rows = list(MEASURES[name](options, features))
            print(f"{name}: {len(rows)} pictures")
            for key in rows[0]:
                print(f"  {key:32} {sum(row[key] for row in rows) / len(rows):.4f}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--only", nargs="*", default=list(MEASURES), choices=list(MEASURES))
    parser.add_argument("--weights", default="")
    parser.add_argument("--limit", type=int, default=1000, help="pictures per measure")
    parser.add_argument("--set", nargs="*", default=[], help="parameters of the stage, as K=V")
    parser.add_argument("--sheet", type=Path, help="folder for pictures: truth, input, results")
    return parser.parse_args()


def program(options: argparse.Namespace, name: str, **values: Any) -> Callable[[Batch], Tensor]:
    """Return the stage as a function from a batch to a picture of 8 bits."""
    registry = discover()
    values |= dict(entry.split("=", 1) for entry in options.set)
    values |= {"weights": options.weights} if options.weights else {}
    stage = registry.stages[name].model_validate(values)
    loaded = Program([stage], Store(registry.weights), options=Options(device="cpu"))
    return lambda batch: eight_bits(loaded.run(batch).image)


def eight_bits(image: Tensor) -> Tensor:
    return (image.clamp(0, 1) * 255).round() / 255


def pictures(folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, Tensor]]:
    files = sorted(p for p in folder.iterdir() if p.suffix in (".png", ".jpg"))
    for path in files[: options.limit]:
        yield path.stem, to_tensor(decode(path).frames[0])[None].expand(-1, 3, -1, -1)


def decibels(result: Tensor, truth: Tensor, within: Tensor | None = None) -> float:
    square = (result - truth).square()
    mean = square.mean() if within is None else (square * within).sum() / within.sum() / 3
    return float(-10 * mean.clamp_min(1e-10).log10())


def luma(image: Tensor) -> Tensor:
    return (image * LUMA).sum(1, keepdim=True)[..., BORDER:-BORDER, BORDER:-BORDER]


def keep(options: argparse.Namespace, name: str, *images: Tensor) -> None:
    """Write pictures side by side, where a folder is given."""
    if options.sheet:
        options.sheet.mkdir(parents=True, exist_ok=True)
        height, width = images[0].shape[-2:]
        row = torch.cat([resize(image, height, width) for image in images], -1)[0]
        data = encode(Picture((to_array(row, np.uint8),), None, "PNG"), "PNG")
        (options.sheet / f"{name}.png").write_bytes(data)


def upscale(options: argparse.Namespace, features: Features) -> Iterator[Row]:
    modes = {mode: program(options, "upscale", mode=mode) for mode in ("fidelity", "detail")}
    for name, truth in pictures(options.shared / "data/sr_test/Kodak24", options):
        height, width = truth.shape[-2:]
        small = eight_bits(resize(truth, height // 4, width // 4))
        results = {"bicubic": eight_bits(resize(small, height, width))}
        results |= {mode: run(Batch(small, (name,), (1,))) for mode, run in modes.items()}
        row = in_luma(results, truth, features)
        for key, result in results.items():
            row[f"{key} PSNR when shrunk"] = decibels(
                resize(result, *small.shape[-2:]).clamp(0, 1), small
            )
        keep(options, f"upscale-{name}", truth, *results.values())
        yield row


def jpeg(options: argparse.Namespace, features: Features) -> Iterator[Row]:
    """Enlarge quarters that were saved as JPEG, by weights that know of it and by others."""
    networks = {name: program(options, "upscale", weights=name) for name in JPEG_WEIGHTS}
    for name, truth in pictures(options.shared / "data/sr_test/Kodak24", options):
        height, width = truth.shape[-2:]
        clean = resize(truth, height // 4, width // 4).clamp(0, 1)
        row: Row = {}
        for quality in QUALITIES:
            small = as_jpeg(clean, quality)
            results = {"bicubic": eight_bits(resize(small, height, width))}
            results |= {key: run(Batch(small, (name,), (1,))) for key, run in networks.items()}
            row |= in_luma(results, truth, features, f"q{quality} ")
            keep(options, f"jpeg-{quality}-{name}", truth, *results.values())
        yield row


def deartifact(options: argparse.Namespace, features: Features) -> Iterator[Row]:
    """Mend JPEGs at their own size: the middle 256 pixels of each picture, saved whole."""
    mend = program(
        options, "upscale", weights="upscale-jpeg", factor=1, mode="fidelity", ensemble=False
    )
    for name, truth in pictures(options.shared / "data/sr_test/Kodak24", options):
        top, left = (side // 2 - 128 for side in truth.shape[-2:])
        place = (..., slice(top, top + 256), slice(left, left + 256))
        row: Row = {}
        for quality in QUALITIES:
            spoilt = as_jpeg(truth, quality)[place].contiguous()
            results = {"JPEG": spoilt, "deartifact": mend(Batch(spoilt, (name,), (1,)))}
            row |= in_luma(results, truth[place], features, f"q{quality} ")
        yield row


def in_luma(results: dict[str, Tensor], truth: Tensor, features: Features, prefix: str = "") -> Row:
    row: Row = {}
    for key, result in results.items():
        row[f"{prefix}{key} PSNR-Y"] = decibels(luma(result), luma(truth))
        row[f"{prefix}{key} feature distance"] = float(feature_distance(features, result, truth))
    return row


def as_jpeg(image: Tensor, quality: int) -> Tensor:
    picture = Picture((to_array(image[0], np.uint8),), None, "PNG")
    return to_tensor(decode(encode(picture, "JPEG", quality=quality)).frames[0])[None]


def colorize(options: argparse.Namespace, features: Features) -> Iterator[Row]:
    """Yield sums over pictures of one size as means, so that the totals are per pixel."""
    run = program(options, "colorize")
    for name, truth in pictures(options.shared / "data/photos_val", options):
        light, ab = color.lightness(truth), color.chroma(truth)
        gray = eight_bits(color.join(light, torch.zeros_like(ab)))
        result = run(Batch(gray[:, :1], (name,), (1,)))
        found = color.chroma(result)
        keep(options, f"colorize-{name}", truth, gray, result)
        yield {
            "chroma error of gray": float(ab.norm(dim=1).mean()),
            "chroma error": float((found - ab).norm(dim=1).mean()),
            "chroma of the truth": float(ab.norm(dim=1).mean()),
            "chroma": float(found.norm(dim=1).mean()),
            "gray feature distance": float(feature_distance(features, gray, truth)),
            "feature distance": float(feature_distance(features, result, truth)),
        }


def inpaint(options: argparse.Namespace, features: Features) -> Iterator[Row]:
    run = program(options, "inpaint")
    for index, (name, truth) in enumerate(pictures(options.shared / "data/photos_val", options)):
        mask = hole(index, *truth.shape[-2:])
        results = {"ours": run(Batch(truth, (name,), (1,), mask=mask))}
        for key, method in (("Telea", cv2.INPAINT_TELEA), ("Navier-Stokes", cv2.INPAINT_NS)):
            results[key] = opencv(truth, mask, method)
        keep(options, f"inpaint-{name}", truth, truth * (1 - mask), *results.values())
        yield compared(results, truth, mask, features)


def hole(index: int, height: int, width: int) -> Tensor:
    """Return a mask of boxes or strokes that covers 10 to 25 %."""
    generator = torch.Generator().manual_seed(index)
    while True:
        mask = random_masks(1, height, width, (("boxes", "strokes")[index % 2],), generator)
        if 0.10 <= float(mask.mean()) <= 0.25:
            return mask


def opencv(truth: Tensor, mask: Tensor, method: int) -> Tensor:
    filled = cv2.inpaint(to_array(truth[0], np.uint8), mask[0, 0].byte().numpy(), 3, method)
    return to_tensor(filled)[None]


def uncrop(options: argparse.Namespace, features: Features) -> Iterator[Row]:
    """Cut an eighth off the left and right, and let it be painted again."""
    for name, truth in pictures(options.shared / "data/photos_val", options):
        cut = truth.shape[-1] // 8
        inner = truth[..., cut:-cut].contiguous()
        run = program(options, "uncrop", left=cut, right=cut)
        mask = torch.ones_like(truth[:, :1])
        mask[..., cut:-cut] = 0
        mirrored = np.pad(to_array(inner[0], np.uint8), ((0, 0), (cut, cut), (0, 0)), "symmetric")
        results = {"ours": run(Batch(inner, (name,), (1,))), "mirror": to_tensor(mirrored)[None]}
        keep(options, f"uncrop-{name}", truth, *results.values())
        yield compared(results, truth, mask, features)


def compared(results: dict[str, Tensor], truth: Tensor, mask: Tensor, features: Features) -> Row:
    row: Row = {}
    for key, result in results.items():
        row[f"{key} PSNR in the hole"] = decibels(result, truth, mask)
        row[f"{key} feature distance"] = float(feature_distance(features, result, truth))
    return row


MEASURES = {
    "upscale": upscale,
    "jpeg": jpeg,
    "deartifact": deartifact,
    "colorize": colorize,
    "inpaint": inpaint,
    "uncrop": uncrop,
}

if __name__ == "__main__":
    main()
