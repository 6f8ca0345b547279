"""Write docs/stages.md: stages without weights with pictures, and those of latent spaces.

    python docs/make_stages.py                # the page and every picture
    python docs/make_stages.py --page         # the page alone
    python docs/make_stages.py blur resize    # the page and these pictures

Each picture is made by the `translate run` command that stands below it.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageOps

import translate_basic
import translate_clip
from translate import Stage
from translate.cli import execute
from translate.cli.describe import parameters

DOCS = Path(__file__).resolve().parent
HEIGHT = 150
LIMIT = 12_000

CAT, COFFEE, ROCKET = (f"samples/photos/{name}.jpg" for name in ("cat", "coffee", "rocket"))
ASTRONAUT, PRINT = "samples/photos/astronaut.jpg", "samples/old/portrait.jpg"
CARROT, DONUT = "samples/icons/carrot.png", "samples/icons/donut.png"

EXAMPLES: dict[str, tuple[str, str]] = {
    "identity": ("identity", COFFEE),
    "resize": ("resize width=200 height=200 mode=fill", CAT),
    "upscale-bicubic": ("upscale-bicubic factor=4", CARROT),
    "crop": ("crop width=160 height=110 x=0.4 y=0.45", CAT),
    "flip": ("flip direction=both", COFFEE),
    "rotate": ("rotate angle=20 color=black", COFFEE),
    "pad": ("pad all=60 mode=reflect", CAT),
    "flatten": ("flatten color=3ac7fb", DONUT),
    "unflatten": ("flatten alpha=keep | invert | unflatten color=black", DONUT),
    "gray": ("gray", ASTRONAUT),
    "rgb": ("gray | rgb", COFFEE),
    "invert": ("invert", CAT),
    "brightness": ("brightness amount=0.2", ROCKET),
    "contrast": ("contrast factor=1.8", CAT),
    "gamma": ("gamma gamma=0.5", ROCKET),
    "saturation": ("saturation factor=2", CAT),
    "hue": ("hue degrees=120", COFFEE),
    "hsv": ("hsv hue=-40 saturation=0.7 value=1.2", COFFEE),
    "lab": ("lab lightness=10 chroma=1.2 b=-25", CAT),
    "auto-levels": ("auto-levels clip=0.5", PRINT),
    "equalize": ("equalize", ROCKET),
    "clahe": ("clahe clip=3", ROCKET),
    "posterize": ("posterize levels=4", ASTRONAUT),
    "solarize": ("solarize threshold=0.6", CAT),
    "threshold": ("threshold level=0.45 soft=0.05", ASTRONAUT),
    "blur": ("blur radius=4", CAT),
    "sharpen": ("sharpen amount=2 radius=1.5", COFFEE),
    "denoise": ("denoise radius=8 strength=0.3", CAT),
    "edges": ("edges sigma=1.6", COFFEE),
    "pencil-sketch": ("pencil-sketch radius=5 darkness=2", ASTRONAUT),
    "jpeg-artifacts": ("jpeg-artifacts quality=8", COFFEE),
    "noise": ("noise amount=0.15 shot=0.1", COFFEE),
    "keep": ("keep | blur radius=8 | blend mode=lighten amount=0.9", ROCKET),
    "blend": ("keep | edges sigma=1.6 | rgb | blend mode=multiply amount=1", COFFEE),
    "mask-from-alpha": ("mask-from-alpha | mask-show", CARROT),
    "mask-from-color": ("mask-from-color color=f4342f tolerance=0.3 | mask-show", COFFEE),
    "mask-from-threshold": ("mask-from-threshold level=0.7 | mask-show", ASTRONAUT),
    "mask-box": ("mask-box left=0.55 top=0.3 right=0.75 bottom=0.6 | mask-show", COFFEE),
    "mask-border": ("mask-border width=40 | mask-show", COFFEE),
    "mask-scratches": ("mask-scratches | mask-show", PRINT),
    "mask-grow": ("mask-scratches | mask-grow pixels=4 feather=1 | mask-show", PRINT),
    "mask-invert": ("mask-from-threshold level=0.7 | mask-invert | mask-show", ASTRONAUT),
    "mask-show": ("mask-from-threshold level=0.3 side=below | mask-show", CAT),
}
"""For each stage a chain that shows it, and the sample that it is run on."""

LATENT: dict[str, str] = {
    "clip-guide": "translate run 'clip-guide weights=vqgan.safetensors clip=clip.safetensors "
    f"init_weight=0.2' {CAT} after.png --prompt 'a tiger'",
    "sample": "translate run 'sample weights=gan.safetensors' prompts.txt out",
    "reconstruct": f"translate run 'reconstruct weights=vqgan.safetensors' {CARROT} after.png",
    "interpolate": "translate run 'interpolate weights=vqgan.safetensors frames=24' "
    f"{CARROT} after.webp --reference {DONUT}",
    "latent-arithmetic": "translate run 'latent-arithmetic weights=gan.safetensors start=noise "
    "minus=red plus=green' prompts.txt out",
    "style-mix": "translate run 'style-mix weights=gan.safetensors layer=2' prompts.txt out",
}
"""For each stage of latent spaces a command that shows it, with weights of one's own."""

LATENT_HEAD = """## Pictures out of latent spaces

Plugin `clip`; told at length in [clip.md](clip.md), which also has the commands that train the
weights. `prompts.txt` has a line for each picture. There are no pictures here: each command makes
one.
"""

HEAD = """# Stages without weights, and those of latent spaces

What the built-in plugin `basic` offers: the steps before and after a network. `translate stages
NAME` prints the same of every stage that is installed, those of other plugins too. How pictures
look between two steps is told in [plugins.md](plugins.md).

Left is the sample, right is what the command below makes of it; `python docs/make_stages.py`
writes this page and runs the commands. A colour is `rrggbb` in hex, or a name such as `white`.
"""


def command(stage: type[Stage]) -> list[str]:
    """Return the command that makes a stage's picture, less the output's name."""
    chain, sample = EXAMPLES[stage.name]
    return ["translate", "run", chain, sample]


def page(stages: Iterable[type[Stage]], latent: Iterable[type[Stage]]) -> str:
    """Return the page as Markdown: a heading per module, an entry per stage."""
    parts = [HEAD]
    for module, members in groupby(stages, key=inspect.getmodule):
        parts.append(f"## {str(module and module.__doc__).splitlines()[0].rstrip('.')}\n")
        parts.extend(map(entry, members))
    return "\n".join([*parts, LATENT_HEAD, *map(latent_entry, latent)])


def entry(stage: type[Stage]) -> str:
    """Return the heading, help, picture, command and parameters of one stage."""
    chain, sample = EXAMPLES[stage.name]
    shown = [f"![{stage.name}, before and after](stages/{stage.name}.webp)\n"]
    return described(stage, shown, f"translate run '{chain}' {sample} after.png")


def latent_entry(stage: type[Stage]) -> str:
    """Return the heading, help, command and parameters of a stage of latent spaces."""
    return described(stage, [], LATENT[stage.name])


def described(stage: type[Stage], shown: list[str], command: str) -> str:
    """Return an entry: what is `shown` stands between help and command."""
    lines = [
        f"### {stage.name}\n",
        f"{inspect.cleandoc(stage.__doc__ or '')}\n",
        *shown,
        f"```sh\n{command}\n```\n",
    ]
    rows = [
        f"| `{p.name}` | {p.type.replace('|', 'or')} | {f'`{p.default}`' if p.default else ''} "
        f"| {p.description} |\n"
        for p in parameters(stage)
    ]
    if rows:
        rows = ["| parameter | values | default | |\n", "|---|---|---|---|\n", *rows]
    return "\n".join([*lines, "".join(rows)]).rstrip() + "\n"


def picture(stage: type[Stage], folder: Path) -> None:
    """Run a stage's command and write its picture, at most `LIMIT` bytes."""
    after = folder / f"{stage.name}.png"
    # in this process, which has imported torch already
    if execute([*command(stage)[1:], str(after)]) != 0:
        raise ValueError(f"failed: {' '.join(command(stage))}")
    pair = side_by_side(Image.open(DOCS.parent / EXAMPLES[stage.name][1]), Image.open(after))
    target = DOCS / "stages" / f"{stage.name}.webp"
    for quality in (82, 70, 55, 40, 25):
        pair.save(target, quality=quality, method=6)
        if target.stat().st_size <= LIMIT:
            return
    raise ValueError(f"{target} is larger than {LIMIT} bytes at the lowest quality")


def side_by_side(before: Image.Image, after: Image.Image) -> Image.Image:
    """Return two pictures beside each other; the larger one has the height `HEIGHT`."""
    scale = (HEIGHT - 2) / max(before.height, after.height)
    pair = [framed(image, scale) for image in (before, after)]
    sheet = Image.new("RGB", (sum(image.width for image in pair) + 8, HEIGHT), "white")
    for image, left in zip(pair, (0, pair[0].width + 8), strict=True):
        sheet.paste(image, (left, (HEIGHT - image.height) // 2))
    return sheet


def framed(image: Image.Image, scale: float) -> Image.Image:
    """Return a picture scaled, in a thin gray frame; what is transparent shows a checkerboard."""
    image = image.convert("RGBA" if "A" in image.getbands() else "RGB")
    image = image.resize([max(1, round(side * scale)) for side in image.size])
    if image.mode == "RGBA":
        squares = [216 + 39 * ((x // 8 + y // 8) % 2) for y in range(image.height)
                   for x in range(image.width)]  # fmt: skip
        board = Image.new("L", image.size)
        board.putdata(squares)
        board = board.convert("RGB")
        board.paste(image, mask=image.getchannel("A"))
        image = board
    return ImageOps.expand(image, 1, "#b8b8b8")


def main(arguments: list[str]) -> None:
    """Write the page, and the pictures of the stages that are named, or of all."""
    os.chdir(DOCS.parent)
    stages = translate_basic.register_stages()
    (DOCS / "stages.md").write_text(
        page(stages, translate_clip.register_stages()), encoding="utf-8"
    )
    if arguments == ["--page"]:
        return
    (DOCS / "stages").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for stage in stages:
            if not arguments or stage.name in arguments:
                picture(stage, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
