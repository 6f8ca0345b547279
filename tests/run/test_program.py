from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from translate import Context, Contract, Stage, Store
from translate.batch import seed_for
from translate.errors import DeviceError, PluginError
from translate.run.frame import Frame
from translate.run.options import Options
from translate.run.program import Program
from translate.stage import Run


class Unloadable(Stage):
    """A stage that a stranger wrote and that cannot be loaded."""

    name: ClassVar[str] = "unloadable"
    code: str

    def load(self, ctx: Context) -> Run:
        exec(self.code)
        return None  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("raise SystemExit(2)", "SystemExit: 2"),
        ("", "load gives no function"),
    ],
)
def test_a_stage_that_cannot_be_loaded_is_named(program, code: str, says: str) -> None:
    with pytest.raises(PluginError, match=f"stage 'unloadable' cannot be loaded: {says}"):
        program(Unloadable(code=code))


@pytest.fixture
def frame(draw):
    def make(height: int = 40, width: int = 56, key: str = "a.png", **more) -> Frame:
        dtype = more.pop("dtype", "uint8")
        channels = more.pop("channels", 3)
        image = draw(height, width, channels, seed=len(key), dtype=dtype)
        return Frame(key, seed_for(0, key), image, **more)

    return make


def one(program: Program, frame: Frame) -> Frame:
    (made,) = program.translate([frame])
    if isinstance(made, Exception):
        raise made
    return made


def gap(a: np.ndarray, b: np.ndarray) -> int:
    assert a.shape == b.shape
    assert a.dtype == b.dtype
    return int(np.abs(a.astype(int) - b.astype(int)).max())


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_untouched_picture_is_exact(program, stages, frame, dtype: str, channels: int) -> None:
    given = frame(dtype=dtype, channels=channels)
    assert gap(one(program(stages.Identity()), given).image, given.image) == 0
    twice = program(stages.Invert(), stages.Invert())
    assert gap(one(twice, given).image, given.image) == 0


def test_batch_of_eight_is_eight_alone(program, stages, frame) -> None:
    frames = [frame(key=f"{n}.png") for n in range(8)]
    steps = program(stages.Grain(), stages.Smear(), batch=8)
    together = steps.translate(frames)
    for given, made in zip(frames, together, strict=True):
        assert gap(made.image, one(steps, given).image) == 0


def test_order_in_the_batch_does_not_matter(program, stages, frame) -> None:
    frames = [frame(key=f"{n}.png") for n in range(3)]
    steps = program(stages.Grain())
    forth, back = steps.translate(frames), steps.translate(frames[::-1])
    for a, b in zip(forth, back[::-1], strict=True):
        assert gap(a.image, b.image) == 0


@pytest.mark.parametrize("tile", [16, 24, 33])
@pytest.mark.parametrize("size", [(40, 56), (41, 97), (33, 17)])
def test_tiled_is_whole(program, stages, frame, tile: int, size: tuple[int, int]) -> None:
    steps = [
        stages.Grain(),
        stages.Smear(reach=3, factor=2, multiple=4),
        stages.Invert(amount=0.7),
        stages.Smear(reach=2),
    ]
    given = frame(*size)
    whole, tiled = (one(program(*steps, tile=t), given).image for t in (0, tile))
    assert whole.shape == (2 * size[0], 2 * size[1], 3)
    assert gap(whole, tiled) <= 1


@pytest.mark.parametrize("batch", [1, 3])
def test_tiles_in_batches_with_mask_alpha_and_whole_steps_between(
    program, stages, frame, draw, batch: int
) -> None:
    mask, alpha = draw(50, 70, 1, seed=3)[..., 0], draw(50, 70, 1, seed=4)[..., 0]
    given = frame(50, 70, mask=mask, alpha=alpha)
    steps = [stages.Smear(factor=2), stages.Identity(), stages.Fill(), stages.Smear(reach=1)]
    whole, tiled = (one(program(*steps, tile=t, batch=batch), given) for t in (0, 20))
    assert gap(whole.image, tiled.image) <= 1
    assert gap(whole.alpha, tiled.alpha) <= 1
    assert tiled.alpha.shape == (100, 140)


def test_alpha_is_exact_where_no_step_changes_the_size(program, stages, frame, draw) -> None:
    alpha = draw(40, 56, 1, seed=4)[..., 0]
    made = one(program(stages.Smear()), frame(alpha=alpha))
    assert gap(made.alpha, alpha) == 0


def test_real_esrgan_loss_stale_tile(program, stages, frame) -> None:
    """Real-ESRGAN pastes the tile before where one runs out of memory."""
    given = frame(300, 280)
    steps = program(stages.Greedy(most=140 * 140), tile=256)
    assert gap(one(steps, given).image, 255 - given.image) == 0


def test_batch_is_halved_when_memory_runs_out(program, stages, frame) -> None:
    frames = [frame(key=f"{n}.png") for n in range(5)]
    steps = program(stages.Greedy(most=2 * 40 * 56), batch=8)
    for given, made in zip(frames, steps.translate(frames), strict=True):
        assert gap(made.image, 255 - given.image) == 0
    assert steps.most == 2


def test_memory_that_never_suffices_is_said(program, stages, frame) -> None:
    (made,) = program(stages.Greedy(most=1)).translate([frame(300, 280)])
    assert "out of memory at 280 x 300 pixels, even in tiles of 128" in str(made)
    (made,) = program(stages.Greedy(most=1, halo=None)).translate([frame()])
    assert "it cannot be cut" in str(made)
    (made,) = program(stages.Greedy(most=300 * 100), tile=0).translate([frame(300, 280)])
    assert "out of memory" in str(made)


def test_one_bad_picture_does_not_spoil_its_batch(program, stages, frame) -> None:
    frames = [frame(key=key) for key in ("1.png", "2.png", "bad.png", "4.png")]
    made = program(stages.Picky(), batch=4).translate(frames)
    assert [isinstance(result, Exception) for result in made] == [False, False, True, False]
    assert str(made[2]).startswith(
        "stage 'picky': RuntimeError: this one is bad (conftest.py, line"
    )


def test_prompts_and_what_stages_say(program, stages, frame) -> None:
    made = one(program(stages.Write()), frame(1, 1, prompt="x" * 50))
    assert made.info == {"length": 50}
    assert made.image.shape == (8, 12, 3)
    assert set(made.image.flat) == {128}


def test_gray_reference_is_coloured(program, stages, frame, draw) -> None:
    seen = []

    class Look(stages.Identity):
        name = "look"

        def load(self, ctx):
            return lambda batch: seen.append(tuple(batch.reference.shape)) or batch

    one(program(Look()), frame(reference=draw(9, 11, 1)))
    assert seen == [(1, 3, 9, 11)]


def test_no_gradients_are_kept_but_a_stage_may_ask_for_them(program, stages, frame) -> None:
    import torch

    class Climb(stages.Identity):
        name = "climb"

        def load(self, ctx):
            def run(batch):
                with torch.enable_grad():
                    image = batch.image.clone().requires_grad_()
                    (slope,) = torch.autograd.grad(image.square().sum(), image)
                return batch.replace(image=batch.image - 0.25 * slope)

            return run

    given = frame()
    made = one(program(stages.Invert(), Climb()), given)
    assert gap(made.image, ((255 - given.image.astype(int)) // 2).astype(np.uint8)) <= 1


@pytest.mark.parametrize("name", ["cuda:99", "tpu", "xla", "cpux"])
def test_device_that_is_not_there(stages, store, name: str) -> None:
    with pytest.raises(DeviceError, match=name):
        Program([stages.Identity()], store, options=Options(device=name))


def test_precision_goes_by_what_the_stage_allows(stages, store) -> None:
    from translate import Contract

    seen = []

    class Half(stages.Identity):
        name = "half"

        def contract(self, store):
            return Contract(precisions=("float32", "bfloat16"))

        def load(self, ctx):
            seen.append(str(ctx.dtype))
            return lambda batch: batch

    for precision in ("bfloat16", "float16", "float32"):
        Program([Half()], store, options=Options(device="cpu", precision=precision))
    assert seen == ["torch.bfloat16", "torch.float32", "torch.float32"]


def test_a_step_that_needs_and_gives_nothing_is_not_run() -> None:
    class Idle(Stage):
        name: ClassVar[str] = "idle"

        def contract(self, store: Store) -> Contract:
            return Contract(needs=(), gives=())

        def load(self, ctx: Context) -> Run:
            raise AssertionError("loaded")

    given = Frame("a", 0, np.zeros((4, 4, 3), np.uint8), None, None, None, None)
    made = Program([Idle()], Store(), options=Options()).translate([given])
    assert made == [given]
