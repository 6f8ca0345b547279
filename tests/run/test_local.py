from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from translate.run.local import run
from translate.run.options import Options
from translate.run.plan import Plan, make_plan
from translate.run.program import Program
from translate.run.results import Done, Failed, Result, Skipped, record
from translate.run.sidecars import Sidecars


@pytest.fixture
def translate(stages, store):
    """Plan and run; return the results by key."""

    def do(inputs, output, *steps, sidecars=None, **settings) -> dict[str, Result]:
        steps = steps or (stages.Invert(),)
        options = Options(device="cpu", **settings)
        plan = make_plan(
            inputs if isinstance(inputs, list) else [inputs],
            output,
            steps=steps,
            store=store,
            options=options,
            sidecars=sidecars,
        )
        results = list(run(plan, Program(steps, store, options=options)))
        assert len(results) == len(plan.items)
        return {result.key: result for result in results}

    return do


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder by relative path, the journal left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".translate" not in path.parts
    }


def test_folder_is_translated(translate, photos: Path, tmp_path: Path) -> None:
    results = translate(photos, tmp_path / "out")
    assert all(isinstance(result, Done) for result in results.values())
    assert set(tree(tmp_path / "out")) == set(tree(photos))
    with Image.open(photos / "sub/a.png") as before, Image.open(tmp_path / "out/sub/a.png") as now:
        assert np.array_equal(255 - np.asarray(before), np.asarray(now))


def test_result_says_what_was_done(translate, stages, photos: Path, tmp_path: Path) -> None:
    done = translate(photos, tmp_path / "out", stages.Smear(factor=2))["a.png"]
    assert (done.size, done.out_size, done.frames, done.warnings) == ((24, 32), (48, 64), 1, ())
    row = record(done)
    assert row["status"] == "done"
    assert row["output"] == str(tmp_path / "out" / "a.png")
    assert row["out_size"] == {"height": 48, "width": 64}


def test_second_run_is_skipped_and_says_so(translate, photos: Path, tmp_path: Path) -> None:
    translate(photos, tmp_path / "out")
    before = tree(tmp_path / "out")
    again = translate(photos, tmp_path / "out")
    assert all(isinstance(result, Skipped) for result in again.values())
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize("settings", [{"workers": 1}, {"workers": 3}, {"batch": 8}, {"tile": 16}])
def test_same_bytes_whatever_the_workers_and_batches(
    translate, stages, photos: Path, tmp_path: Path, settings: dict[str, int]
) -> None:
    translate(photos, tmp_path / "one", stages.Grain(), seed=7, workers=2)
    translate(photos, tmp_path / "two", stages.Grain(), seed=7, **settings)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_result_depends_on_seed_and_key_not_on_the_company(
    translate, stages, photos: Path, tmp_path: Path
) -> None:
    translate(photos, tmp_path / "all", stages.Grain())
    translate(photos / "a.png", tmp_path / "alone", stages.Grain())
    translate(photos, tmp_path / "other", stages.Grain(), seed=1)
    pick = [(tmp_path / folder / "a.png").read_bytes() for folder in ("all", "alone", "other")]
    assert pick[0] == pick[1] != pick[2]


@pytest.mark.parametrize("batch", [1, 4])
def test_one_bad_input_never_stops_the_others(
    translate, photos: Path, tmp_path: Path, batch: int
) -> None:
    (photos / "bad.png").write_bytes((photos / "a.png").read_bytes()[:200])
    (photos / "empty.jpg").write_bytes(b"")
    results = translate(photos, tmp_path / "out", batch=batch)
    bad = {key: r.error for key, r in results.items() if isinstance(r, Failed)}
    assert set(bad) == {"bad.png", "empty.jpg"}
    assert all("\n" not in error and key in error for key, error in bad.items())
    assert len(tree(tmp_path / "out")) == 6


def test_stage_that_raises_for_one_picture(translate, stages, save, tmp_path: Path) -> None:
    for name in ("a.png", "bad.png", "c.png"):
        save(tmp_path / "in" / name)
    results = translate(tmp_path / "in", tmp_path / "out", stages.Picky(), batch=8)
    assert "stage 'picky': RuntimeError: this one is bad" in results["bad.png"].error
    assert set(tree(tmp_path / "out")) == {"a.png", "c.png"}


def test_output_that_cannot_be_written(translate, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").write_text("in the way")
    results = translate(photos, tmp_path / "out")
    failed = {key for key, result in results.items() if isinstance(result, Failed)}
    assert failed == {"sub/a.png", "sub/deep/c.png"}


def test_format_that_cannot_hold_the_picture(translate, save, tmp_path: Path) -> None:
    save(tmp_path / "in" / "long.png", height=1, width=20_000)
    result = translate(tmp_path / "in", tmp_path / "out", format="webp")["long.png"]
    assert "WEBP" in result.error
    assert list((tmp_path / "out").iterdir()) == []


def test_fail_fast_stops_at_the_first(stages, store, save, tmp_path: Path) -> None:
    for number in range(40):
        save(tmp_path / "in" / f"{number:02d}.png")
    (tmp_path / "in" / "00.png").write_bytes(b"")
    options = Options(device="cpu", fail_fast=True, workers=2)
    steps = (stages.Invert(),)
    plan = make_plan([tmp_path / "in"], tmp_path / "out", steps=steps, store=store, options=options)
    results = list(run(plan, Program(steps, store, options=options)))
    assert [type(result) for result in results] == [Failed]
    assert len(tree(tmp_path / "out")) < 39


@pytest.mark.parametrize("batch", [1, 2])
def test_interrupt_leaves_whole_files_and_a_whole_journal(
    stages, store, translate, photos: Path, tmp_path: Path, batch: int
) -> None:
    translate(photos, tmp_path / "whole", stages.Invert(), workers=1)
    steps = (stages.Invert(),)
    options = Options(device="cpu", workers=1, batch=batch)
    plan = make_plan([photos], tmp_path / "out", steps=steps, store=store, options=options)
    results = run(plan, Program(steps, store, options=options))
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt())
    whole, part = tree(tmp_path / "whole"), tree(tmp_path / "out")
    assert part
    assert part.items() <= whole.items()
    again = translate(photos, tmp_path / "out", stages.Invert())
    assert any(isinstance(result, Skipped) for result in again.values())
    assert tree(tmp_path / "out") == whole


def test_stopped_program_ends_at_its_next_step_and_can_start_again(
    stages, store, translate, photos: Path, tmp_path: Path
) -> None:
    wait = stages.Wait(gate=threading.Event(), begun=threading.Event())
    steps = (wait, stages.Invert())
    program = Program(steps, store, options=Options(device="cpu", workers=1))
    plan = make_plan([photos / "a.png"], tmp_path, steps=(stages.Invert(),), store=store)

    def stop() -> None:
        wait.begun.wait(10)
        program.stop()
        wait.gate.set()

    threading.Thread(target=stop, daemon=True).start()
    (result,) = run(plan, program)
    assert isinstance(result, Failed)
    assert not (tmp_path / "a.png").exists()
    (result,) = run(plan, program)
    assert isinstance(result, Done)


def test_rembg_loss_inputs_are_never_deleted(translate, photos: Path, tmp_path: Path) -> None:
    """rembg, told to delete inputs, deletes pictures whose result it never wrote."""
    before = tree(photos)
    (photos / "bad.png").write_bytes(b"bad")
    translate(photos, tmp_path / "out")
    assert tree(photos) == {**before, "bad.png": b"bad"}


@pytest.mark.parametrize("batch", [1, 2])
def test_animation_goes_through_frame_by_frame(
    translate, stages, draw, tmp_path: Path, batch: int
) -> None:
    frames = [Image.fromarray(draw(seed=n)) for n in range(3)]
    (tmp_path / "in").mkdir()
    frames[0].save(
        tmp_path / "in" / "a.png", save_all=True, append_images=frames[1:], duration=[40, 90, 60]
    )
    done = translate(tmp_path / "in", tmp_path / "out", stages.Invert(), batch=batch)["a.png"]
    assert done.frames == 3
    with Image.open(tmp_path / "out" / "a.png") as made:
        for number, frame in enumerate(frames):
            made.seek(number)
            shown = np.asarray(made.convert("RGB"))
            assert np.array_equal(shown, 255 - np.asarray(frame))
            assert made.info["duration"] == [40, 90, 60][number]


def test_frames_of_an_animation_have_seeds_of_their_own(translate, stages, tmp_path: Path) -> None:
    flat = [Image.new("RGB", (16, 16), (100, 100, 100 + n)) for n in range(2)]
    (tmp_path / "in").mkdir()
    flat[0].save(tmp_path / "in" / "a.png", save_all=True, append_images=flat[1:])
    translate(tmp_path / "in", tmp_path / "out", stages.Grain())
    with Image.open(tmp_path / "out" / "a.png") as made:
        first = np.asarray(made.convert("RGB"))[..., 0]
        made.seek(1)
        assert not np.array_equal(first, np.asarray(made.convert("RGB"))[..., 0])


def test_frames_keep_their_order_beyond_ten(translate, tmp_path: Path) -> None:
    levels = [n * 20 for n in range(12)]
    frames = [Image.new("L", (8, 8), level) for level in levels]
    (tmp_path / "in").mkdir()
    frames[0].save(tmp_path / "in" / "a.tif", save_all=True, append_images=frames[1:])
    translate(tmp_path / "in", tmp_path / "out")
    with Image.open(tmp_path / "out" / "a.tif") as made:
        found = []
        for number in range(12):
            made.seek(number)
            found.append(255 - int(np.asarray(made.convert("L"))[0, 0]))
    assert found == levels


def test_alpha_is_resized_and_rejoined(translate, stages, draw, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.dstack([draw(), draw(channels=1, seed=2)])).save(tmp_path / "in" / "a.png")
    translate(tmp_path / "in", tmp_path / "out", stages.Smear(factor=2))
    with Image.open(tmp_path / "out" / "a.png") as made:
        assert (made.mode, made.size) == ("RGBA", (64, 48))


def test_alpha_that_the_format_cannot_hold_is_said(translate, draw, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.dstack([draw(), draw(channels=1)])).save(tmp_path / "in" / "a.png")
    done = translate(tmp_path / "in", tmp_path / "out", format="jpg")["a.png"]
    assert "transparency" in done.warnings[0]


def test_sixteen_bits_are_kept(translate, draw, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    samples = draw(channels=1, dtype="uint16")[..., 0]
    Image.fromarray(samples).save(tmp_path / "in" / "a.png")
    translate(tmp_path / "in", tmp_path / "out")
    with Image.open(tmp_path / "out" / "a.png") as made:
        assert np.array_equal(np.asarray(made), 65535 - samples)


def test_mask_of_another_size_is_scaled_and_said(translate, stages, save, tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png")
    Image.new("L", (16, 12), 255).save(tmp_path / "mask.png")
    sidecars = Sidecars(mask=tmp_path / "mask.png")
    done = translate(tmp_path / "in", tmp_path / "out", stages.Fill(), sidecars=sidecars)["a.png"]
    assert done.warnings == ("mask scaled from 16 x 12 to 32 x 24",)
    with Image.open(tmp_path / "out" / "a.png") as made:
        assert made.getextrema() == ((0, 0),) * 3


def test_picture_without_its_mask_fails_alone(translate, stages, photos, save, tmp_path) -> None:
    save(tmp_path / "masks" / "a.png")
    sidecars = Sidecars(mask=tmp_path / "masks")
    results = translate(photos, tmp_path / "out", stages.Fill(), sidecars=sidecars)
    assert isinstance(results["a.png"], Done)
    assert "no mask 'b'" in results["b.png"].error


def test_prompts_make_a_picture_a_line(translate, stages, tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("a house\nthe very same house\n", "utf-8")
    results = translate(file, tmp_path / "out", stages.Write())
    assert set(tree(tmp_path / "out")) == {"0001-a-house.png", "0002-the-very-same-house.png"}
    assert results["0001-a-house.png"].info == {"length": 7}
    assert results["0001-a-house.png"].size == (0, 0), "there was no picture"
    again = translate(file, tmp_path / "out", stages.Write())
    assert all(isinstance(result, Skipped) for result in again.values())


def test_film_is_written_as_an_animation(translate, stages, save, tmp_path: Path) -> None:
    class Filmed(stages.Identity):
        name = "filmed"

        def load(self, ctx):
            import torch

            def run(batch):
                steps = [batch.image * share for share in (0.2, 0.6, 1.0)]
                return batch.replace(film=torch.stack(steps, dim=1))

            return run

    save(tmp_path / "in" / "a.webp")
    save(tmp_path / "in" / "b.bmp")
    results = translate(tmp_path / "in", tmp_path / "out", Filmed())
    assert (results["a.webp"].frames, results["b.bmp"].frames) == (3, 1)


def test_file_name_that_is_no_unicode(translate, save, tmp_path: Path) -> None:
    name = b"caf\xe9.png".decode(errors="surrogateescape")
    save(tmp_path / "in" / "x.png").rename(tmp_path / "in" / name)
    assert isinstance(translate(tmp_path / "in", tmp_path / "out")[name], Done)
    assert isinstance(translate(tmp_path / "in", tmp_path / "out")[name], Skipped)


def test_what_a_killed_run_left_is_swept(translate, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".a.png.01234567.part").write_bytes(b"half")
    translate(photos, tmp_path / "out")
    assert set(tree(tmp_path / "out")) == set(tree(photos))


def test_input_that_changes_after_the_plan_is_made_again(
    stages, store, save, photos: Path, tmp_path: Path
) -> None:
    steps, options = (stages.Invert(),), Options(device="cpu")
    program = Program(steps, store, options=options)

    def plan() -> Plan:
        return make_plan([photos], tmp_path / "out", steps=steps, store=store, options=options)

    first = plan()
    save(photos / "a.png", seed=50)
    list(run(first, program))
    assert plan().counts() == {"skip": 6}
    gone = dataclasses.replace(plan(), items=())
    assert list(run(gone, program)) == []
