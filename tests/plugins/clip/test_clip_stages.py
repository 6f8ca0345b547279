"""The stages, with tiny networks of random weights, as the core loads and runs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from PIL import Image

from translate import Batch, Context, InputError, Stage, Store, UsageError
from translate.testing import conform
from translate_clip.guide import ClipGuide
from translate_clip.mixing import Interpolate, LatentArithmetic, StyleMix
from translate_clip.stages import Reconstruct, Sample, read_picture

FAST = {"steps": 4, "check_every": 2, "cutouts": 2}


def run(stage: Stage, ctx: Context, batch: Batch) -> Batch:
    with torch.no_grad():
        return stage.load(ctx)(batch)


@pytest.fixture
def guided(weights: Mapping[str, str]) -> ClipGuide:
    return ClipGuide(weights=weights["vqgan"], clip=weights["clip"], **FAST)


def test_each_picture_is_guided_by_its_own_prompt(guided, ctx: Context, batch: Batch) -> None:
    made = run(guided, ctx, batch)
    assert made.image.shape == batch.image.shape
    assert set(made.info[0]) == {"clip_score", "clip_score_start", "clip_steps"}
    assert all(row["clip_score"] >= row["clip_score_start"] for row in made.info)
    assert any(row["clip_score"] > row["clip_score_start"] for row in made.info)


def test_same_seed_same_picture_alone_or_in_a_batch(guided, ctx: Context, batch: Batch) -> None:
    together = run(guided, ctx, batch)
    for i, one in enumerate(batch.split()):
        alone = run(guided, ctx, one)
        assert torch.equal(alone.image, together.image[i : i + 1])
        assert alone.info[0] == together.info[i]


def test_another_seed_gives_another_picture(
    ctx: Context, batch: Batch, weights: Mapping[str, str]
) -> None:
    stage = ClipGuide(
        weights=weights["vqgan"], clip=weights["clip"], start="noise", size=16, **FAST
    )
    one = run(stage, ctx, batch)
    assert not torch.equal(one.image, run(stage, ctx, batch.replace(seeds=(1, 2, 3))).image)
    assert torch.equal(one.image, run(stage, ctx, batch).image)


def test_text_to_picture_with_any_generator_and_a_film(
    ctx: Context, batch: Batch, weights: Mapping[str, str]
) -> None:
    blank = batch.replace(image=torch.zeros(3, 3, 1, 1))
    for name in ("vqgan", "stylegan"):
        stage = ClipGuide(
            weights=weights[name], clip=weights["clip"], start="noise", size=18, frames=3, **FAST
        )
        assert stage.contract(Store()).needs == ("prompts",)
        assert stage.output_size(1, 1) == (18, 18)
        made = run(stage, ctx, blank)
        assert made.image.shape == (3, 3, 18, 18)
        assert made.film.shape == (3, 3, 3, 18, 18)
        assert torch.equal(made.film[:, -1], made.image)


def test_a_picture_prompt_and_a_prompt_that_is_too_long(
    ctx: Context, batch: Batch, weights: Mapping[str, str], picture: Path
) -> None:
    said = {"weights": weights["vqgan"], "clip": weights["clip"], **FAST}
    by_picture = ClipGuide(prompt=f"{picture}:2", **said)
    assert by_picture.contract(Store()).needs == ("image",)
    assert "note" not in run(by_picture, ctx, batch).info[0]
    long = ClipGuide(prompt="a cat on a mat in a hat with a bat", **said)
    assert "longer than CLIP reads" in run(long, ctx, batch).info[0]["note"]


def test_what_is_wrong_with_a_prompt_is_said_before_anything_is_loaded(
    weights: Mapping[str, str], tmp_path: Path, ctx: Context, batch: Batch
) -> None:
    said = {"weights": weights["vqgan"], "clip": weights["clip"]}
    with pytest.raises(ValueError, match="weight 'much' of prompt 'a cat:much' is no number"):
        ClipGuide(prompt="a cat:much", **said)
    with pytest.raises(ValueError, match="the prompt is empty"):
        ClipGuide(prompt=" ", **said)
    with pytest.raises(UsageError, match="no such file"):
        ClipGuide(prompt=str(tmp_path / "none.png"), **said).contract(Store())
    with pytest.raises(InputError, match=r"a\.png: the prompt is empty"):
        run(ClipGuide(**said), ctx, batch.replace(prompts=("", "x", "y")))
    with pytest.raises(InputError, match="no prompt; give --prompt"):
        run(ClipGuide(**said), ctx, batch.replace(prompts=None))


def test_reconstruct_and_its_size_rule(ctx: Context, batch: Batch, weights) -> None:
    stage = Reconstruct(weights=weights["vqgan"])
    assert stage.contract(Store()).multiple_of == 2
    assert run(stage, ctx, batch).image.shape == batch.image.shape
    with pytest.raises(UsageError, match="takes no pictures; say start=noise"):
        Interpolate(weights=weights["stylegan"]).load(ctx)


def test_sample_makes_what_seed_and_words_decide(ctx: Context, batch: Batch, weights) -> None:
    stage = Sample(weights=weights["stylegan"], size=16)
    blank = batch.replace(image=torch.zeros(3, 3, 1, 1))
    made = run(stage, ctx, blank).image
    assert made.shape == (3, 3, 16, 16)
    wordless = run(stage, ctx, blank.replace(prompts=("", "", ""))).image
    same = [torch.equal(a, b) for a, b in zip(made, wordless, strict=True)]
    assert same == [False, True, False]


def test_interpolate_goes_from_one_to_the_other(ctx: Context, batch: Batch, weights) -> None:
    other = torch.rand(3, 3, 9, 20, generator=torch.Generator().manual_seed(2))
    pair = batch.replace(reference=other)
    said = {"weights": weights["vqgan"]}
    film = run(Interpolate(**said, frames=3), ctx, pair).film
    ends = run(Reconstruct(**said), ctx, batch).image
    assert torch.allclose(film[:, 0], ends, atol=1e-5)
    assert torch.equal(film[:, 2], run(Interpolate(**said, position=1.0), ctx, pair).image)
    assert torch.equal(film[:, 1], run(Interpolate(**said), ctx, pair).image)
    seeds = Interpolate(weights=weights["stylegan"], start="noise", size=16)
    assert run(seeds, ctx, batch).image.shape == (3, 3, 16, 16)
    with pytest.raises(UsageError, match="needs a reference"):
        run(Interpolate(**said), ctx, batch)


def test_arithmetic_of_a_picture_with_itself_changes_nothing(
    ctx: Context, batch: Batch, weights, picture: Path
) -> None:
    said = {"weights": weights["vqgan"], "minus": str(picture)}
    nothing = run(LatentArithmetic(**said, plus=str(picture)), ctx, batch).image
    assert torch.allclose(
        nothing, run(Reconstruct(weights=weights["vqgan"]), ctx, batch).image, atol=1e-4
    )
    with pytest.raises(UsageError, match=r"no picture 'none\.png'"):
        LatentArithmetic(**said, plus="none.png").contract(Store())
    with pytest.raises(UsageError, match="'a cat' is no picture"):
        LatentArithmetic(**said, plus="a cat").load(ctx)


def test_arithmetic_with_words(ctx: Context, batch: Batch, weights, picture: Path) -> None:
    said = {"weights": weights["stylegan"], "start": "noise", "size": 16}
    moved = run(LatentArithmetic(**said, minus="red", plus="cat"), ctx, batch).image
    kept = run(LatentArithmetic(**said, minus="red", plus="cat", strength=0), ctx, batch).image
    assert torch.allclose(
        kept,
        run(
            Sample(
                weights=weights["stylegan"],
                size=16,
            ),
            ctx,
            batch,
        ).image,
        atol=1e-5,
    )
    assert not torch.allclose(moved, kept, atol=1e-4)
    with pytest.raises(UsageError, match="the generator takes no pictures; give words"):
        LatentArithmetic(**said, minus="red", plus=str(picture)).load(ctx)


def test_style_mix_takes_layers_from_both(ctx: Context, batch: Batch, weights) -> None:
    said = {"weights": weights["stylegan"], "size": 16}
    all_own = run(StyleMix(**said, layer=9), ctx, batch).image
    assert torch.allclose(all_own, run(Sample(**said), ctx, batch).image, atol=1e-5)
    mixed = run(StyleMix(**said, layer=1), ctx, batch).image
    assert not torch.allclose(mixed, all_own, atol=1e-3)
    assert not torch.allclose(mixed, run(StyleMix(**said, layer=0), ctx, batch).image, atol=1e-3)
    with pytest.raises(UsageError, match="have no layers"):
        StyleMix(weights=weights["vqgan"]).load(ctx)


def test_the_stages_keep_what_the_core_asks_of_stages(weights, generators) -> None:
    stages = [
        Reconstruct(weights=weights["vqgan"]),
        Interpolate(weights=weights["vqgan"]),
        ClipGuide(weights=weights["vqgan"], clip=weights["clip"], prompt="red", steps=1, cutouts=1),
    ]
    for stage in stages:
        conform(stage, size=(9, 14), generators=generators)


def test_prompts_become_films_through_the_whole_engine(weights, generators, tmp_path: Path) -> None:
    from translate.run.local import run as carry_out
    from translate.run.options import Options
    from translate.run.plan import make_plan
    from translate.run.program import Program

    (tmp_path / "prompts.txt").write_text("a red cat\nthe sea\n")
    options = Options(format="webp", workers=2)
    step = ClipGuide(
        weights=weights["stylegan"], clip=weights["clip"], start="noise", size=16, frames=3, **FAST
    )
    out = tmp_path / "out"
    plan = make_plan([tmp_path / "prompts.txt"], out, steps=[step], store=Store(), options=options)
    results = list(
        carry_out(plan, Program([step], Store(), generators=generators, options=options))
    )
    assert len(results) == 2
    for path in sorted(out.glob("*.webp")):
        with Image.open(path) as film:
            assert (film.n_frames, film.size) == (3, (16, 16))
    assert json.dumps([dict(result.info) for result in results]).count("clip_score_start") == 2


def test_a_picture_in_words_is_seen_on_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (6, 4), (0, 0, 0, 0))
    clear.putpixel((0, 0), (255, 0, 0, 255))
    clear.save(tmp_path / "clear.png")
    seen = read_picture(tmp_path / "clear.png")
    assert seen.shape == (1, 3, 4, 6)
    assert seen[0, :, 0, 0].tolist() == [1, 0, 0]
    assert seen[0, :, 0, 1].tolist() == [1, 1, 1]
