"""CLIP-guided optimisation, measured.

    python bench/clip.py speed                          # steps per second beside the published loop
    python bench/clip.py split DATA OUT                 # pictures and captions held back by name
    python bench/clip.py retrieval CLIP OUT             # top-1 of 100 held-back captions
    python bench/clip.py steer WEIGHTS CLIP SECOND OUT SHEET.png
    python bench/clip.py frechet GAN OUT FEATURES       # to held-back pictures, beside real ones

`speed` runs both loops with one generator, one CLIP and as many cutouts of one kind, of random
weights, in turns, and takes each one's best; memory is that of a process with one loop alone. The
published loop (Crowson's VQGAN-CLIP notebook, re-expressed) cuts in a Python loop, augments with
kornia's modules and computes in float32.

`split` reads DATA/captions.tsv and links its pictures into OUT/train and OUT/val: a twentieth of
the names, in all styles that a name comes in, and what the file itself calls val or test.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from clip_loops import GENERATORS, LOOPS, SETTINGS, measure_speed
from PIL import Image, ImageDraw
from torch import Tensor

if TYPE_CHECKING:
    from translate import Context
    from translate_clip.nets.judge import Judge

LABEL, TILE = 220, 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    speed = commands.add_parser("speed")
    for name, value in SETTINGS.items():
        speed.add_argument(f"--{name}", type=int, default=value)
    speed.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    speed.add_argument("--generator", choices=list(GENERATORS), default="default")
    speed.add_argument("--loop", choices=LOOPS, help="print this one's memory alone")
    speed.set_defaults(run=measure_speed)
    split = commands.add_parser("split")
    split.add_argument("data", type=Path)
    split.add_argument("out", type=Path)
    split.add_argument("--only", default="", help="take what begins so, such as emoji/fluent_3d/")
    split.add_argument("--share", type=float, default=0.05)
    split.set_defaults(run=make_split)
    retrieval = commands.add_parser("retrieval")
    retrieval.add_argument("clip")
    retrieval.add_argument("data", type=Path)
    retrieval.set_defaults(run=measure_retrieval)
    steer = commands.add_parser("steer")
    for name, kind in (("weights", str), ("clip", str), ("second", str), ("data", Path)):
        steer.add_argument(name, type=kind)
    steer.add_argument("sheet", type=Path)
    for name, number in (("captions", 10), ("seeds", 3), ("steps", 150)):
        steer.add_argument(f"--{name}", type=int, default=number)
    steer.add_argument("--rate", type=float, default=0.1)
    steer.add_argument("--known", action="store_true", help="only words of captions trained on")
    steer.set_defaults(run=measure_steering)
    frechet = commands.add_parser("frechet")
    for name, kind in (("weights", str), ("data", Path), ("features", Path)):
        frechet.add_argument(name, type=kind)
    frechet.set_defaults(run=measure_frechet)
    given = parser.parse_args()
    given.run(given)


def make_split(given: argparse.Namespace) -> None:
    """Link pictures into OUT/train and OUT/val, and write OUT/captions.tsv for both."""
    from translate.batch import seed_for

    lines = ["path\tcaption\tsplit"]
    for row in rows_of(given.data):
        name = Path(row["path"])
        if not row["path"].startswith(given.only):
            continue
        held = row["split"] in ("val", "test")
        held = held or seed_for("held-out", name.stem) < given.share * 2**63
        place = Path("val" if held else "train") / name
        link = given.out / place
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to((given.data / name).resolve())
        lines.append(f"{place}\t{row['caption']}\t{place.parts[0]}")
    (given.out / "captions.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    held_back = sum(line.endswith("\tval") for line in lines)
    print(f"{len(lines) - 1 - held_back} to train on, {held_back} held back")


def rows_of(data: Path) -> list[dict[str, str]]:
    with (data / "captions.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def held_back(data: Path) -> dict[str, Path]:
    """Return a held-back picture of each caption that no picture to train on has."""
    rows = rows_of(data)
    known = {row["caption"] for row in rows if row["split"] == "train"}
    held = {row["caption"]: data / row["path"] for row in rows if row["split"] != "train"}
    return {caption: path for caption, path in held.items() if caption not in known}


def context() -> Context:
    from translate import Context, Store
    from translate.plugins import discover

    registry = discover(())
    store = Store(registry.weights)
    return Context(torch.device("cpu"), torch.float32, store, registry.generators)


def judge_of(name: str) -> Judge:
    from translate_clip.judges import open_judge

    return open_judge(context(), name)


def seen_by(judge: Judge, pictures: Tensor) -> Tensor:
    size = (judge.size, judge.size)
    return judge.images(F.interpolate(pictures, size, mode="bilinear", antialias=True).clamp(0, 1))


@torch.no_grad()
def measure_retrieval(given: argparse.Namespace) -> None:
    """Print how often a held-back caption finds its picture first among 100 of other captions."""
    from translate_clip.stages import read_picture

    judge, held = judge_of(given.clip), held_back(given.data)
    images = torch.cat([seen_by(judge, read_picture(path)) for path in held.values()])
    vectors, _ = judge.texts(list(held))
    folders = [path.relative_to(given.data).parts[1] for path in held.values()]
    for folder in ("", *sorted(set(folders))):
        places = [i for i, own in enumerate(folders) if folder in ("", own)]
        count = min(100, len(places))
        top1 = top1_of(vectors @ images.T, places, count)
        print(
            f"{folder or 'all':12} top-1 of {count}: {top1:.3f}, {top1 * count:.1f} x chance "
            f"({len(places)} captions)"
        )


def top1_of(scores: Tensor, places: Sequence[int], count: int, rounds: int = 50) -> float:
    """Return the share of texts whose own picture scores highest among `count`, over draws."""
    draw, hits = random.Random(0), 0
    for _ in range(rounds):
        some = torch.tensor(draw.sample(places, count))
        hits += int((scores[some][:, some].argmax(1) == torch.arange(count)).sum())
    return hits / rounds / count


@torch.no_grad()
def measure_frechet(given: argparse.Namespace) -> None:
    """Print how far samples of held-back captions are from their pictures, and how far others."""
    from translate.measure import frechet_distance, load_features
    from translate_clip.captions import words_of
    from translate_clip.latents import open_painter
    from translate_clip.stages import read_picture

    features, draw = load_features(given.features), random.Random(0)
    rows = rows_of(given.data)
    held = [row for row in rows if row["split"] != "train"]
    known = draw.sample([row for row in rows if row["split"] == "train"], len(held))
    painter = open_painter(context(), given.weights)
    words = [words_of(row["caption"]) for row in held]
    made = painter.decode(painter.sample(range(len(held)), 64, words, truncation=1.0))
    side = made.shape[-2:]
    sets = {"samples": made}
    for name, those in (("others, trained on", known), ("held back", held)):
        pictures = torch.cat([read_picture(given.data / row["path"]) for row in those])
        sets[name] = F.interpolate(pictures, side, mode="bicubic", antialias=True)
    seen = {name: features.pooled(pictures.clamp(0, 1)) for name, pictures in sets.items()}
    for name in ("samples", "others, trained on"):
        distance = frechet_distance(seen[name], seen["held back"])
        print(f"{name}: {distance:.1f} from {len(held)} held-back pictures")


def measure_steering(given: argparse.Namespace) -> None:
    """Guide held-back captions from a few seeds; a second CLIP compares results with starts."""
    from translate import Batch
    from translate_clip.captions import words_of
    from translate_clip.guide import ClipGuide

    held = sorted(held_back(given.data))
    if given.known:
        rows = rows_of(given.data)
        known = {word for r in rows if r["split"] == "train" for word in words_of(r["caption"])}
        held = [caption for caption in held if known.issuperset(words_of(caption))]
    prompts = random.Random(0).sample(held, min(given.captions, len(held)))
    stage = ClipGuide(
        weights=given.weights,
        clip=given.clip,
        start="noise",
        steps=given.steps,
        rate=given.rate,
        frames=2,
    )
    second, run, seeds = judge_of(given.second), stage.load(context()), tuple(range(given.seeds))
    better, rows = 0, []
    for prompt in prompts:
        blank, names = torch.zeros(len(seeds), 3, 1, 1), tuple(map(str, seeds))
        with torch.no_grad():
            film = run(Batch(blank, names, seeds, prompts=(prompt,) * len(seeds))).film
            assert film is not None
            aim = second.texts([prompt])[0]
            start, end = (seen_by(second, film[:, i]) @ aim.T for i in (0, 1))
        better += int((end > start).sum())
        rows.append((prompt, film.clamp(0, 1).flatten(0, 1)))
        print(f"{prompt}: {float(start.mean()):.3f} -> {float(end.mean()):.3f}", flush=True)
    share = better / len(seeds) / len(prompts)
    print(f"the second CLIP prefers the result in {better} of {len(seeds) * len(prompts)}: "
          f"{share:.0%}")  # fmt: skip
    sheet_of(rows).save(given.sheet)


def sheet_of(rows: Sequence[tuple[str, Tensor]]) -> Image.Image:
    """Return a row for each prompt: start and result of each seed, in pairs."""
    from translate.images import to_array

    width = LABEL + TILE * len(rows[0][1])
    sheet = Image.new("RGB", (width, TILE * len(rows)), "white")
    for line, (prompt, pictures) in enumerate(rows):
        ImageDraw.Draw(sheet).multiline_text(
            (6, line * TILE + 40), wrapped(prompt), fill="black", font_size=15
        )
        for column, picture in enumerate(pictures):
            tile = Image.fromarray(to_array(picture)).resize((TILE, TILE))
            sheet.paste(tile, (LABEL + column * TILE, line * TILE))
    return sheet


def wrapped(text: str, width: int = 26) -> str:
    import textwrap

    return textwrap.fill(text, width)


if __name__ == "__main__":
    main()
