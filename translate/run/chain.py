"""Steps applied to a batch: channels, padding, cropping and clamping, so that no stage needs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from translate.batch import Batch
from translate.errors import InputError, PluginError, TranslateError
from translate.images import crop_to, pad_to
from translate.pipeline.ask import size_after
from translate.plugins import in_one_line
from translate.run.frame import as_colour
from translate.run.memory import out_of_memory
from translate.stage import Context, Contract, Run, Stage

if TYPE_CHECKING:
    from torch import Tensor

_BESIDE = ("mask", "alpha")
"""Slots that have the image's size at every step."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stage that is ready to run."""

    stage: Stage
    contract: Contract
    run: Run


def load(stage: Stage, ctx: Context) -> Run:
    """Return the function of a stage.

    Raises:
        PluginError: the stage cannot be loaded; what it says of weights is let through.
    """
    try:
        run = stage.load(ctx)
    except TranslateError:
        raise
    except (Exception, SystemExit) as error:
        if out_of_memory(error):
            raise
        raise PluginError(f"stage '{stage.name}' cannot be loaded: {in_one_line(error)}") from error
    if not callable(run):
        raise PluginError(f"stage '{stage.name}' cannot be loaded: load gives no function")
    return run


def apply_all(steps: Sequence[Loaded], batch: Batch, before: Callable[[], None]) -> Batch:
    """Return what the steps make of a batch; `before` is called before each of them."""
    for step in steps:
        before()
        batch = apply(step, batch)
    return batch


def apply(step: Loaded, batch: Batch) -> Batch:
    """Return what one step makes of a batch whose pictures may have any size.

    Raises:
        InputError: the stage cannot take the picture, or gave something that is none.
    """
    _refuse_missing(step, batch)
    height, width = batch.image.shape[-2:]
    size = size_after(step.stage, height, width)
    given = _fitted(step, batch)
    made = _run(step, given)
    _refuse_nonsense(step, given, made, size)
    image = crop_to(made.image, *size)
    image = batch.image if made.image is given.image else image.float().clamp(0, 1)
    slots = {slot: _settled(slot, batch, given, made, size) for slot in _BESIDE}
    film = _film(given, made, size)
    return made.replace(image=image, film=film, origins=_moved(batch, size), **slots)


def _film(given: Batch, made: Batch, size: tuple[int, int]) -> Tensor | None:
    """Return the way to the picture; it is gone once another step has changed the picture."""
    if made.film is None or (made.film is given.film and made.image is not given.image):
        return None
    return crop_to(made.film, *size).clamp(0, 1)


def _moved(batch: Batch, size: tuple[int, int]) -> tuple[tuple[int, int], ...] | None:
    """Return where tiles lie in the whole picture once a step has made them larger."""
    factor = size[0] // batch.image.shape[-2]
    origins = batch.origins
    return origins and tuple((top * factor, left * factor) for top, left in origins)


def _run(step: Loaded, given: Batch) -> Batch:
    """Run a stage; what it raises becomes one line that names it."""
    try:
        made = step.run(given)
    except TranslateError:
        raise
    # A stage may end the process; the other pictures have a right to theirs.
    except (Exception, SystemExit) as error:
        if out_of_memory(error):
            raise
        raise InputError(f"stage '{step.stage.name}': {in_one_line(error)}") from error
    if not isinstance(made, Batch):
        raise InputError(f"stage '{step.stage.name}' gave a {type(made).__name__}, not a Batch")
    return made


def _refuse_missing(step: Loaded, batch: Batch) -> None:
    for slot in step.contract.needs:
        if getattr(batch, slot) is None:
            raise InputError(f"stage '{step.stage.name}' needs a {slot}; none was given")


def _fitted(step: Loaded, batch: Batch) -> Batch:
    """Return the batch with the channels and sizes that the stage takes."""
    contract = step.contract
    image = batch.image
    if image.shape[1] not in contract.channels:
        if image.shape[1] != 1:
            raise InputError(
                f"stage '{step.stage.name}' takes gray pictures only; put 'gray' before it"
            )
        image = as_colour(image)
    multiple, least = contract.multiple_of, contract.min_size
    sides = image.shape[-2:]
    if all(side % multiple == 0 and side >= least for side in sides):
        return batch if image is batch.image else batch.replace(image=image)
    slots = {
        slot: pad_to(value, multiple, least)
        for slot in _BESIDE
        if (value := getattr(batch, slot)) is not None
    }
    return batch.replace(image=pad_to(image, multiple, least), **slots)


def _refuse_nonsense(step: Loaded, given: Batch, made: Batch, size: tuple[int, int]) -> None:
    """Raise InputError where a stage broke its promise: better no picture than a wrong one."""
    from torch import Tensor, float32

    name, device = step.stage.name, given.image.device
    if not isinstance(made.image, Tensor):
        raise InputError(f"stage '{name}' gave a {type(made.image).__name__}, not a tensor")
    if not made.image.is_floating_point():
        raise InputError(f"stage '{name}' gave a picture of {made.image.dtype}, not of float32")
    if made.image.device != device:
        raise InputError(f"stage '{name}' gave a picture on {made.image.device}, not on {device}")
    shape = tuple(made.image.shape)
    if len(shape) != 4 or shape[0] != len(given) or shape[1] not in (1, 3):
        raise InputError(f"stage '{name}' gave a tensor of shape {shape}, not (B, 1 or 3, H, W)")
    promised = size_after(step.stage, *given.image.shape[-2:])
    if shape[-2:] != promised or shape[-2] < size[0] or shape[-1] < size[1]:
        raise InputError(
            f"stage '{name}' gave {shape[-2]} x {shape[-1]} pixels (height x width), where its "
            f"output_size says {promised[0]} x {promised[1]}"
        )
    # The sum of a picture is finite if and only if every value is (in float16 it may be too large
    # for one); it costs no mask.
    if made.image is not given.image and not bool(made.image.sum(dtype=float32).isfinite()):
        raise InputError(f"stage '{name}' gave values that are no numbers")


def _settled(
    slot: str, batch: Batch, given: Batch, made: Batch, size: tuple[int, int]
) -> Tensor | None:
    """Return a slot in the size of the stage's result, whether or not the stage saw to it."""
    value: Tensor | None = getattr(made, slot)
    if value is None:
        return None
    if value is getattr(given, slot):
        value = getattr(batch, slot)
    elif value.shape[-2:] == made.image.shape[-2:]:
        value = crop_to(value, *size)
    if value is None or value.shape[-2:] == tuple(size):
        return value
    return resized(value, size, smooth=slot == "alpha")


def resized(value: Tensor, size: tuple[int, int], smooth: bool) -> Tensor:
    """Return a mask or an alpha in another size.

    A mask is averaged, or repeated, so that no pixel is marked whose source is not.
    """
    from torch.nn import functional

    if smooth:
        return functional.interpolate(value, size, mode="bicubic", antialias=True).clamp(0, 1)
    return functional.interpolate(value, size, mode="area")
