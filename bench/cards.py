"""Write the model card of pix2pix or CycleGAN weights: what they are, held-out measures, samples.

    python bench/cards.py flat-to-3d runs/emoji --features mobilenet_v2.pth --run runs/flat-to-3d

The held-out pictures are found again by the settings inside the weights; they go through the stage
as a pipeline would load it. Writes docs/models/NAME.md, NAME.webp (24 held-out samples) and
NAME-curve.webp (the loss plot of the run). Text under "## Limits" is kept.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import findings
import torch
from PIL import Image

from translate import Context, Stage, Store
from translate.images import to_array
from translate.measure import load_features
from translate.plugins import discover
from translate.train.data import load
from translate.train.settings import Settings
from translate.weights import Header

DOCS = Path(__file__).resolve().parent.parent / "docs" / "models"
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
    features = load_features(options.features) if options.features else None
    found = (findings.unpaired if kind == "unpaired" else findings.paired)(
        partial(stage_with, registry.stages[settings.recipe], options.name),
        load(kind, settings).held_out,
        Context(torch.device("cpu"), torch.float32, store, registry.generators),
        features,
    )
    write_picture(DOCS / f"{options.name}.webp", found.sheet)
    curve = options.run / "loss.png" if options.run else None
    if curve and curve.is_file():
        Image.open(curve).convert("RGB").save(DOCS / f"{options.name}-curve.webp", quality=80)
    size = store.locate(options.name).stat().st_size
    card = DOCS / f"{options.name}.md"
    card.write_text(page(options.name, header, size, found, kept_limits(card)))
    print(f"{card}\n" + "\n".join(rows(found.table)))


def stage_with(kind: type[Stage], name: str, **parameters: Any) -> Stage:
    return kind.model_validate({"weights": name, **parameters})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("name", help="shipped name of the weights")
    parser.add_argument("data", type=Path, help="the folder that they were trained on")
    parser.add_argument("--features", type=Path, help="MobileNetV2 weights")
    parser.add_argument("--run", type=Path, help="output folder of the training")
    return parser.parse_args()


def write_picture(path: Path, picture: torch.Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(to_array(picture)).save(path, quality=82, method=6)


def rows(table: Mapping[str, findings.Row]) -> list[str]:
    """Return the measures as rows of a Markdown table."""
    return [
        f"| {TITLES.get(name, name)} | {'' if before is None else f'{before:.4g}'} | {after:.4g} |"
        for name, (before, after) in table.items()
    ]


def kept_limits(card: Path) -> str:
    """Return what the card said under "## Limits", written by hand."""
    text = card.read_text() if card.is_file() else ""
    return text.partition("## Limits\n")[2].strip()


def page(name: str, header: Header, size: int, found: findings.Findings, limits: str) -> str:
    meta = header.metadata
    minutes = int(meta.get("seconds", "0")) / 60
    lines = [
        f"# {name}",
        "",
        f"![held-out samples]({name}.webp)",
        "",
        f"Held-out pictures, never trained on. {found.caption}",
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
        f"## Held-out measures ({found.count} pictures)",
        "",
        "| | untouched input | result |",
        "|---|---|---|",
        *rows(found.table),
        "",
        f"![losses and held-out measures while training]({name}-curve.webp)",
        "",
        "Made by `bench/cards.py`.",
        "",
        "## Limits",
        "",
        limits,
    ]
    return "\n".join(lines).rstrip() + "\n"


def settings_of(header: Header) -> str:
    config = header.config.get("generator_config", {})
    return ", ".join(f"{key} {value}" for key, value in config.items())


if __name__ == "__main__":
    main()
