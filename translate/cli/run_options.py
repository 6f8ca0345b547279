"""The options of `translate run`, by what they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT... OUTPUT",
        help="Files, folders, patterns or - (one picture on stdin); last, a folder, a picture "
        "file or - (one picture on stdout).",
        show_default=False,
    ),
]

# Which pictures, and what lies beside them.
From = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="A list of inputs, one a line; - is stdin."),
]
Include = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="PATTERN", help="Take only these, by path or name."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Leave these out, by path or name."),
]
Mask = Annotated[
    Path | None,
    typer.Option(
        "--mask", help="A picture, white = fill in; or a folder of them, matched by relative stem."
    ),
]
Reference = Annotated[
    Path | None,
    typer.Option("--reference", help="A picture, or a folder of them, matched by relative stem."),
]
Prompt = Annotated[
    str | None,
    typer.Option(
        "--prompt",
        metavar="TEXT|FILE|FOLDER",
        help="A text; a file with one line, or a line 'name<TAB>text' for each picture; or a "
        "folder of .txt files.",
    ),
]
MaxPixels = Annotated[
    int | None, typer.Option("--max-pixels", min=1, help="Refuse pictures with more pixels.")
]

# What is written.
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="EXT", help="Format of the outputs: png, jpg, webp, tiff… "
                 "(default: the input's; on stdout png)."),
]  # fmt: skip
Quality = Annotated[
    int | None, typer.Option("--quality", min=1, max=100, help="Of JPEG, WebP and AVIF.")
]
PngLevel = Annotated[
    int | None,
    typer.Option("--png-level", min=0, max=9, help="zlib level of PNG (default: the fastest)."),
]
Metadata = Annotated[
    Literal["keep", "strip"],
    typer.Option("--metadata", help="Keep or strip EXIF, XMP and the colour profile."),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Make everything again, and replace files of other origin."),
]
Sheet = Annotated[
    Path | None,
    typer.Option("--sheet", metavar="FILE", help="Also write a contact sheet, before and after."),
]

# How it runs.
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.")]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"],
    typer.Option("--precision", help="auto: the fastest that a stage calls safe; float32: exact."),
]
BatchSize = Annotated[
    int | None,
    typer.Option("--batch", min=1, help="Pictures at once (default: 1 on a CPU, 8 on a GPU)."),
]
TileSide = Annotated[
    int | None,
    typer.Option("--tile", min=0, help="Side of tiles in px, 0 = never (default: if large)."),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Threads (default: one per core).")
]
Seed = Annotated[int, typer.Option("--seed", help="Of all noise: same seed, same picture.")]
Compile = Annotated[
    bool, typer.Option("--compile", help="Compile networks: pays for itself on long runs.")
]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first input that fails.")]

# What is said.
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Only print what would be made, with sizes, and what skipped."),
]
JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object per item.")]
Progress = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", help="Bars (default: if stderr is a terminal)."),
]
