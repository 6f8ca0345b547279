"""`translate compare`: how far results are from what they should be."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from translate.cli.options import Json
from translate.cli.text import note, print_json, print_table

if TYPE_CHECKING:
    from translate.look import Measures

EXAMPLES = """
translate compare out truth
translate compare enlarged.png original.png --border 4
translate compare out truth --features mobilenet_v2.safetensors --json | jq .mean
"""


def command(
    result: Annotated[Path, typer.Argument(help="A picture, or a folder of them.")],
    truth: Annotated[Path, typer.Argument(help="What it should be; matched by relative stem.")],
    border: Annotated[int, typer.Option(min=0, help="Pixels that PSNR leaves out.")] = 0,
    features: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="MobileNetV2 weights, for a feature distance."),
    ] = None,
    json: Json = False,
) -> None:
    """Measure results against the truth: PSNR, PSNR of luma, SSIM, colour, features.

    Ends with 1 where a picture cannot be read or compared; the others are measured.
    """
    from translate.errors import InputError
    from translate.look import compare, means, pairs

    found = pairs(truth, result)
    network = None
    if features is not None:
        from translate.measure import load_features

        network = load_features(features)
    rows: dict[str, Measures] = {}
    for pair in found:
        try:
            rows[pair.name] = compare(pair, border=border, features=network)
        except InputError as error:
            note(f"failed: {error}")
    mean = means(rows.values()) if rows else {}
    if json:
        pictures = [{"name": name, **_finite(row)} for name, row in rows.items()]
        print_json({"pictures": pictures, "mean": _finite(mean)})
    elif rows:
        lines = [*rows.items(), ("mean", mean)]
        numbers = [(name, *(f"{value:.4f}" for value in row.values())) for name, row in lines]
        print_table([("", *mean), *numbers])
    if len(rows) < len(found):
        raise typer.Exit(1)


def _finite(row: Measures) -> dict[str, float | None]:
    """Return what JSON can hold: null for the infinite PSNR of equal pictures."""
    return {name: value if math.isfinite(value) else None for name, value in row.items()}
