from __future__ import annotations

from pathlib import Path

import pytest

from translate.errors import PlanError, WeightsError
from translate.run.journal import Journal
from translate.run.local import run
from translate.run.options import Options
from translate.run.plan import make_plan
from translate.run.results import Failed
from translate.run.sidecars import Sidecars
from translate.stage import Contract


@pytest.fixture
def plan(stages, store):
    def make(*inputs, output, steps=(), options=None, **more):
        steps = steps or (stages.Invert(),)
        return make_plan(inputs, output, steps=steps, store=store, options=options, **more)

    return make


@pytest.fixture
def carry_out(plan, program, stages):
    def do(*inputs, output, step=None, **more):
        step = step or stages.Invert()
        made = plan(*inputs, output=output, steps=(step,), **more)
        results = list(run(made, program(step)))
        assert not [result for result in results if isinstance(result, Failed)]
        return [item.key for item in made.items if item.action == "make"]

    return do


def outputs(plan) -> dict[str, str]:
    root = plan.journal.folder
    return {item.key: item.output.relative_to(root).as_posix() for item in plan.items}


def test_tree_and_format_are_kept(plan, photos: Path, tmp_path: Path) -> None:
    found = outputs(plan(photos, output=tmp_path / "out"))
    assert all(key == output for key, output in found.items())
    assert len(found) == 6


def test_format_changes_every_extension(plan, photos: Path, tmp_path: Path) -> None:
    made = plan(photos / "sub", output=tmp_path / "out", options=Options(format="WebP"))
    assert list(outputs(made).values()) == ["a.webp", "deep/c.webp"]
    with pytest.raises(PlanError, match="--format gifv"):
        plan(photos, output=tmp_path / "out", options=Options(format="gifv"))


def test_sizes_of_input_and_output(plan, stages, save, tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", height=20, width=30)
    made = plan(tmp_path / "in", output=tmp_path / "out", steps=[stages.Smear(factor=2)])
    assert (made.items[0].size, made.items[0].out_size) == ((20, 30), (40, 60))


def test_unreadable_picture_is_no_plan_error(plan, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"no picture")
    item = plan(tmp_path / "in", output=tmp_path / "out").items[0]
    assert item.action == "fail"
    assert item.size is None
    assert "a.png" in item.why


def test_what_will_fail_is_planned_to_fail(plan, stages, save, tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", height=20, width=30)
    item = plan(tmp_path / "in", output=tmp_path / "out", options=Options(max_pixels=599)).items[0]
    assert item.action == "fail"
    assert "600 pixels, more than the limit of 599" in item.why
    fitting = plan(tmp_path / "in", output=tmp_path / "out", options=Options(max_pixels=600))
    assert fitting.items[0].action == "make"


def test_a_device_is_no_output(plan, save, tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png")
    with pytest.raises(PlanError, match="/dev/null' is a file, but no picture"):
        plan(tmp_path / "in", output=Path("/dev/null"))


def test_iopaint_loss_same_stem_in_two_formats(plan, save, tmp_path: Path) -> None:
    """IOPaint names results by stem: of a.png and a.jpg one is lost."""
    for name in ("a.png", "a.jpg"):
        save(tmp_path / "in" / name)
    assert set(outputs(plan(tmp_path / "in", output=tmp_path / "out")).values()) == {
        "a.png",
        "a.jpg",
    }
    with pytest.raises(PlanError, match=r"a\.jpg' and '.*a\.png' would both"):
        plan(tmp_path / "in", output=tmp_path / "out", options=Options(format="png"))


def test_rembg_loss_names_flattened(plan, save, tmp_path: Path) -> None:
    """rembg's folder mode writes a/x.jpg and b/x.jpg to one file, and skips the second."""
    for name in ("a/x.jpg", "b/x.jpg"):
        save(tmp_path / "in" / name)
    made = plan(tmp_path / "in", output=tmp_path / "out")
    assert set(outputs(made).values()) == {"a/x.jpg", "b/x.jpg"}
    files = [tmp_path / "in" / name for name in ("a/x.jpg", "b/x.jpg")]
    with pytest.raises(PlanError, match="would both be written"):
        plan(*files, output=tmp_path / "out")


def test_names_that_differ_in_case_only_collide(plan, save, tmp_path: Path) -> None:
    for name in ("A.png", "a.PNG"):
        save(tmp_path / "in" / name)
    with pytest.raises(PlanError, match=r"A\.png' and '.*a\.PNG' would both"):
        plan(tmp_path / "in", output=tmp_path / "out")


def test_same_file_named_twice_is_one_item(plan, photos: Path, tmp_path: Path) -> None:
    made = plan(photos, photos / "a.png", output=tmp_path / "out")
    assert len(made.items) == 6


def test_output_folder_may_lie_in_the_input(carry_out, photos: Path) -> None:
    assert len(carry_out(photos, output=photos / "out")) == 6
    assert carry_out(photos, output=photos / "out") == []


def test_input_is_never_overwritten(plan, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="both input and output"):
        plan(photos, output=photos)
    with pytest.raises(PlanError, match="would overwrite"):
        plan(photos / "a.png", output=photos)
    with pytest.raises(PlanError, match="would overwrite"):
        plan(photos / "a.png", output=photos / "a.png")


def test_mask_is_never_overwritten(plan, photos: Path, save, tmp_path: Path) -> None:
    mask = save(tmp_path / "out" / "a.png")
    with pytest.raises(PlanError, match="which is read"):
        plan(
            photos,
            output=tmp_path / "out",
            sidecars=Sidecars(mask=mask),
            options=Options(overwrite=True),
        )


def test_folder_of_masks_in_the_input_holds_no_inputs(plan, photos: Path, tmp_path: Path) -> None:
    made = plan(photos, output=tmp_path / "out", sidecars=Sidecars(mask=photos / "sub"))
    assert {item.key: item.action for item in made.items} == {
        "a.png": "make",
        "b.png": "fail",
        "b.webp": "fail",
        "z.bmp": "fail",
    }


def test_one_file_to_one_file(plan, photos: Path, tmp_path: Path) -> None:
    made = plan(photos / "a.png", output=tmp_path / "new" / "b.webp")
    assert made.items[0].output == tmp_path / "new" / "b.webp"
    with pytest.raises(PlanError, match="one file, but there may be several"):
        plan(photos / "a.png", photos / "b.png", output=tmp_path / "b.webp")
    with pytest.raises(PlanError, match="one file, but there may be several"):
        plan(photos / "sub" / "deep", output=tmp_path / "b.webp")


def test_folder_whose_name_ends_like_a_picture(plan, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "out.png").mkdir()
    made = plan(photos / "a.png", output=tmp_path / "out.png")
    assert made.items[0].output == tmp_path / "out.png" / "a.png"


def test_foreign_file_is_not_replaced_unless_told(plan, save, photos: Path, tmp_path: Path) -> None:
    save(tmp_path / "out" / "a.png")
    with pytest.raises(PlanError, match="no run of translate has made it"):
        plan(photos, output=tmp_path / "out")
    made = plan(photos, output=tmp_path / "out", options=Options(overwrite=True))
    assert made.counts() == {"make": 6}


def test_nothing_left_by_the_patterns(plan, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no inputs"):
        plan(photos / "a.png", output=tmp_path / "out", exclude=["*"])


def test_second_run_skips_all(carry_out, photos: Path, tmp_path: Path) -> None:
    assert len(carry_out(photos, output=tmp_path / "out")) == 6
    assert carry_out(photos, output=tmp_path / "out") == []


def test_changed_input_is_made_again(carry_out, photos: Path, save, tmp_path: Path) -> None:
    carry_out(photos, output=tmp_path / "out")
    save(photos / "a.png", seed=99)
    assert carry_out(photos, output=tmp_path / "out") == ["a.png"]


def test_touched_input_is_not_made_again(carry_out, photos: Path, tmp_path: Path) -> None:
    carry_out(photos, output=tmp_path / "out")
    (photos / "a.png").touch()
    assert carry_out(photos, output=tmp_path / "out") == []


def test_changed_or_lost_output_is_made_again(carry_out, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    carry_out(photos, output=out)
    whole = (out / "a.png").read_bytes()
    (out / "a.png").write_bytes(whole[:-1])
    (out / "sub" / "a.png").unlink()
    assert carry_out(photos, output=out) == ["a.png", "sub/a.png"]
    assert (out / "a.png").read_bytes() == whole


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"quality": 50}, {"metadata": "strip"}, {"precision": "float32"}, {"tile": 64}],
)
def test_changed_option_is_made_again(
    carry_out, photos: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    carry_out(photos, output=tmp_path / "out")
    assert len(carry_out(photos, output=tmp_path / "out", options=Options(**change))) == 6  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"workers": 1}, {"batch": 3}, {"fail_fast": True}])
def test_option_that_shapes_nothing_is_no_change(
    carry_out, photos: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    carry_out(photos, output=tmp_path / "out")
    assert carry_out(photos, output=tmp_path / "out", options=Options(**change)) == []  # type: ignore[arg-type]


def test_changed_parameter_is_made_again(carry_out, stages, photos: Path, tmp_path: Path) -> None:
    carry_out(photos, output=tmp_path / "out", step=stages.Invert(amount=0.5))
    again = carry_out(photos, output=tmp_path / "out", step=stages.Invert(amount=0.6))
    assert len(again) == 6


def test_changed_mask_is_made_again(carry_out, stages, photos: Path, save, tmp_path: Path) -> None:
    def do() -> list[str]:
        sidecars = Sidecars(mask=tmp_path / "masks")
        return carry_out(
            photos, output=tmp_path / "out", step=stages.Fill(), sidecars=sidecars, include=["a.*"]
        )

    save(tmp_path / "masks" / "a.png")
    save(tmp_path / "masks" / "sub" / "a.png")
    assert do() == ["a.png", "sub/a.png"]
    assert do() == []
    save(tmp_path / "masks" / "a.png", seed=5)
    assert do() == ["a.png"]


def test_changed_weights_are_made_again(stages, store, program, photos, tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"

    class Weighted(stages.Invert):
        name = "weighted"

        def contract(self, store):
            return Contract(weights=(str(weights),))

    def counts() -> dict[str, int]:
        plan = make_plan([photos], tmp_path / "out", steps=[Weighted()], store=store)
        list(run(plan, program(Weighted())))
        return plan.counts()

    with pytest.raises(WeightsError, match="no such weights file"):
        counts()
    weights.write_bytes(b"one")
    assert (counts(), counts()) == ({"make": 6}, {"skip": 6})
    weights.write_bytes(b"two")
    assert counts() == {"make": 6}


def test_renamed_input_is_made_under_its_new_name(carry_out, photos: Path, tmp_path: Path) -> None:
    carry_out(photos, output=tmp_path / "out")
    (photos / "a.png").rename(photos / "new.png")
    assert carry_out(photos, output=tmp_path / "out") == ["new.png"]


def test_swapped_inputs_are_both_made_again(carry_out, photos: Path, tmp_path: Path) -> None:
    carry_out(photos, output=tmp_path / "out")
    (photos / "a.png").rename(photos / "t.png")
    (photos / "b.png").rename(photos / "a.png")
    (photos / "t.png").rename(photos / "b.png")
    assert carry_out(photos, output=tmp_path / "out") == ["a.png", "b.png"]


def test_overwrite_makes_all_again(carry_out, photos: Path, tmp_path: Path) -> None:
    carry_out(photos, output=tmp_path / "out")
    assert len(carry_out(photos, output=tmp_path / "out", options=Options(overwrite=True))) == 6


def test_every_reason_is_said(plan, carry_out, photos: Path, save, tmp_path: Path) -> None:
    carry_out(photos, output=tmp_path / "out")
    save(photos / "a.png", seed=9)
    (tmp_path / "out" / "b.png").unlink()
    (tmp_path / "out" / "b.webp").write_bytes(b"")
    reasons = {item.key: item.why for item in plan(photos, output=tmp_path / "out").items}
    assert "input has changed" in reasons["a.png"]
    assert "gone" in reasons["b.png"]
    assert "changed or cut" in reasons["b.webp"]
    assert "made already" in reasons["z.bmp"]


def test_planning_writes_nothing(plan, photos: Path, tmp_path: Path) -> None:
    made = plan(photos, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert Journal.read(made.journal.folder).entries == {}
