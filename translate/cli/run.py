"""`translate run`: its options, turned into a request."""

from __future__ import annotations

from pathlib import Path

import typer

from translate.cli import run_options as o
from translate.cli.options import Offline, PipelineName, PluginFiles, Settings

EXAMPLES = """
translate run icon-3d samples/icons out
translate run 'gray | upscale-bicubic factor=2' 'photos/**/*.jpg' out --format webp
translate run 'inpaint | upscale' scans out --mask scratches --set upscale.factor=4
translate run edges photos out --dry-run
find . -name '*.png' | translate run gray --from - out --json | jq .output
cat a.jpg | translate run 'gray | upscale-bicubic factor=2' - - > b.png
"""


def command(
    pipeline: PipelineName,
    paths: o.Paths = None,
    settings: Settings = None,
    listed: o.From = None,
    include: o.Include = None,
    exclude: o.Exclude = None,
    mask: o.Mask = None,
    reference: o.Reference = None,
    prompt: o.Prompt = None,
    max_pixels: o.MaxPixels = None,
    format: o.Format = None,
    quality: o.Quality = None,
    png_level: o.PngLevel = None,
    metadata: o.Metadata = "keep",
    overwrite: o.Overwrite = False,
    sheet: o.Sheet = None,
    device: o.Device = "auto",
    precision: o.Precision = "auto",
    batch: o.BatchSize = None,
    tile: o.TileSide = None,
    workers: o.Workers = None,
    seed: o.Seed = 0,
    compile: o.Compile = False,
    fail_fast: o.FailFast = False,
    dry_run: o.DryRun = False,
    json: o.JsonLines = False,
    progress: o.Progress = None,
    plugin: PluginFiles = None,
    offline: Offline = False,
) -> None:
    """Run pictures through a pipeline. Folders keep their tree, files their format.

    What is there already, made from the same input by the same recipe, is skipped: a run that
    was interrupted goes on where it stopped.

    Exit codes: 0 all done, 1 some input failed, 2 wrong usage or plan (nothing was run),
    3 weights, device or plugin missing, 130 interrupted.
    """
    from translate.cli.job import Request, Voice, carry_out
    from translate.run.options import Options
    from translate.run.sidecars import Sidecars

    options = Options(
        seed=seed, format=format, quality=quality, png_level=png_level, metadata=metadata,
        precision=precision, tile=tile, device=device, batch=batch, workers=workers,
        max_pixels=max_pixels, fail_fast=fail_fast, overwrite=overwrite, compile=compile,
    )  # fmt: skip
    *inputs, output = paths or [""]
    request = Request(
        pipeline=pipeline,
        settings=tuple(settings or ()),
        inputs=tuple(inputs),
        output=output,
        listed=listed,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        sidecars=Sidecars(mask, reference, _text_or_path(prompt)),
        options=options,
        plugins=tuple(plugin or ()),
        offline=offline,
    )
    code = carry_out(request, Voice(dry_run, json, progress, sheet))
    if code:
        raise typer.Exit(code)


def _text_or_path(prompt: str | None) -> str | Path | None:
    """Return a path where the text names something that exists."""
    try:
        return Path(prompt) if prompt and Path(prompt).exists() else prompt
    except (OSError, ValueError):
        # Too long, or holding what no file name can.
        return prompt
