"""Write the model card of pix2pix or CycleGAN weights: what they are, held-out measures, samples.

    python bench/cards.py flat-to-3d runs/emoji --features mobilenet_v2.pth --run runs/flat-to-3d

The held-out pictures are found again by the settings inside the weights; they go through the stage
as a pipeline would load it. Writes docs/models/NAME.md, NAME.webp (24 held-out samples: input,
result, target) and NAME-curve.webp (the loss plot of the run). Text under "## Limits" is kept.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image

from translate import Batch, Context, Stage, Store
from translate.images import to_array
from translate.measure import Features, load_features
from translate.plugins import Registry, discover
from translate.train.data import load
from translate.train.settings import Settings
from translate.train.sheet import sheet
from translate.train.validate import as_result, compare
from translate.weights import Header

DOCS = Path(__file__).resolve().parent.parent / "docs" / "models"
SAMPLES = 24
TITLES = {
    "psnr": "PSNR, dB ↑",
    "ssim": "SSIM ↑",
    "l1": "mean absolute error ↓",
    "feature_distance": "MobileNetV2 feature distance ↓",
}


def main() -> None:
    options = arguments()
    registry = discover()
    store = Store(registry.weights)
    header = store.header(options.name)
    settings = Settings(**json.loads(header.metadata["settings"]), data=str(options.data))
    kind = registry.recipes[settings.recipe].data
    held_out = load(kind, settings).held_out
    stage = registry.stages[settings.recipe].model_validate({"weights": options.name})
    results = run(stage, held_out, store, registry)
    features = load_features(options.features) if options.features else None
    table = measured(held_out, results, features)
    write_picture(DOCS / f"{options.name}.webp", samples(held_out, results))
    curve = options.run / "loss.png" if options.run else None
    if curve and curve.is_file():
        Image.open(curve).convert("RGB").save(DOCS / f"{options.name}-curve.webp", quality=80)
    size = store.locate(options.name).stat().st_size
    card = DOCS / f"{options.name}.md"
    card.write_text(page(options.name, header, size, table, held_out, kept_limits(card)))
    print(f"{card}\n" + "\n".join(rows(table)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("name", help="shipped name of the weights")
    parser.add_argument("data", type=Path, help="the folder that they were trained on")
    parser.add_argument("--features", type=Path, help="MobileNetV2 weights")
    parser.add_argument("--run", type=Path, help="output folder of the training")
    return parser.parse_args()


def run(
    stage: Stage, batches: Sequence[Batch], store: Store, registry: Registry
) -> list[torch.Tensor]:
    """Return what the stage makes of each batch, in float32 on the CPU."""
    ctx = Context(torch.device("cpu"), torch.float32, store, registry.generators)
    translate = stage.load(ctx)
    with torch.no_grad():
        return [translate(batch).image.clamp(0, 1) for batch in batches]


def measured(
    batches: Sequence[Batch], results: Sequence[torch.Tensor], features: Features | None
) -> dict[str, tuple[float, float]]:
    """Return (of the untouched inputs, of the results) by measure: means over the pictures."""
    sums: dict[str, list[float]] = {}
    count = sum(len(batch) for batch in batches)
    for batch, result in zip(batches, results, strict=True):
        truth = batch.reference
        if truth is None:
            continue
        before = as_result(batch.image, truth)
        for place, picture in ((0, before), (1, result)):
            if picture is None:
                continue
            for name, value in compare(picture, truth, features).items():
                sums.setdefault(name, [0.0, 0.0])[place] += value * len(batch) / count
    return {name: (a, b) for name, (a, b) in sums.items()}


def samples(batches: Sequence[Batch], results: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return a sheet of held-out pictures, evenly spread: input, result, target."""
    columns = [
        torch.cat([batch.image for batch in batches]),
        torch.cat(list(results)),
        torch.cat([batch.reference for batch in batches if batch.reference is not None]),
    ]
    count = len(columns[0])
    chosen = [i * count // SAMPLES for i in range(min(SAMPLES, count))]
    return sheet([column[chosen] for column in columns])


def write_picture(path: Path, picture: torch.Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(to_array(picture)).save(path, quality=82, method=6)


def rows(table: Mapping[str, tuple[float, float]]) -> list[str]:
    """Return the measures as rows of a Markdown table."""
    return [
        f"| {TITLES.get(name, name)} | {before:.4g} | {after:.4g} |"
        for name, (before, after) in table.items()
    ]


def kept_limits(card: Path) -> str:
    """Return what the card said under "## Limits", written by hand."""
    text = card.read_text() if card.is_file() else ""
    return text.partition("## Limits\n")[2].strip()


def page(
    name: str,
    header: Header,
    size: int,
    table: Mapping[str, tuple[float, float]],
    batches: Sequence[Batch],
    limits: str,
) -> str:
    meta = header.metadata
    minutes = int(meta.get("seconds", "0")) / 60
    lines = [
        f"# {name}",
        "",
        f"![held-out samples: input, result, target]({name}.webp)",
        "",
        "Held-out pictures, never trained on: each triple is input, result, target.",
        "",
        "| | |",
        "|---|---|",
        f"| generator | `{header.config['generator']}` {settings_of(header)} |",
        f"| size | {size / 1e6:.1f} MB, float16 |",
        f"| licence | {meta['license']} |",
        f"| data | {meta['data']} |",
        f"| seen | {int(meta['images']):,} pictures in {minutes:.0f} minutes of training |",
        "",
        "```",
        meta["command"],
        "```",
        "",
        f"## Held-out measures ({sum(len(b) for b in batches)} pictures)",
        "",
        "| | untouched input | result |",
        "|---|---|---|",
        *rows(table),
        "",
        f"![losses and held-out measures while training]({name}-curve.webp)",
        "",
        "Made by `bench/cards.py`.",
        "",
        "## Limits",
        "",
        limits,
        "",
    ]
    return "\n".join(lines)


def settings_of(header: Header) -> str:
    config = header.config.get("generator_config", {})
    return ", ".join(f"{key} {value}" for key, value in config.items())


if __name__ == "__main__":
    main()
