"""A pipeline that is loaded: pictures in, pictures out, whatever their size."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from translate.batch import Batch
from translate.errors import InputError
from translate.pipeline.ask import contract_of
from translate.run.chain import Loaded, apply_all, load
from translate.run.frame import Frame, to_batch
from translate.run.made import frames_of, from_stripes
from translate.run.memory import out_of_memory, release, settle
from translate.run.options import Options
from translate.run.precision import find_device, find_precision
from translate.run.regions import Whole, pieces, settled, size_of, stripes, unit_for, with_image
from translate.run.segments import Segment, segments
from translate.stage import Context, Contract, Stage

if TYPE_CHECKING:
    from translate.generator import Generator
    from translate.images import Box
    from translate.run.results import Size
    from translate.weights import Store

_BATCH_ON_GPU = 8
_LARGE, _LARGE_SIDE = 4096**2, 512
"""Pictures of more pixels are cut, into tiles of this side."""
_LARGE_HEAVY, _LARGE_HEAVY_SIDE = 1280**2, 640
"""The same for networks on the CPU, where running out of memory ends the process."""
_SMALLER = (1024, 512, 256, 128)
"""Sides that are tried when memory runs out."""


class Stopped(Exception):  # noqa: N818, it says that the run ends, not that something is wrong
    """The run was told to stop between two steps."""


class Program:
    """Stages on one device. Threads may share a program.

    Args:
        steps: the pipeline.
        store: where weights are found.
        generators: networks by name.
        options: device, precision, tile, batch, compile.

    Raises:
        SetupError: the device or weights are missing.
    """

    def __init__(
        self,
        steps: Sequence[Stage],
        store: Store,
        *,
        generators: Mapping[str, Generator] | None = None,
        options: Options | None = None,
    ) -> None:
        self.options = options or Options()
        self.device = find_device(self.options.device)
        self._generators = generators or {}
        contracts = [(step, contract_of(step, store)) for step in steps]
        self.steps = tuple(
            self._load(step, contract, store)
            for step, contract in contracts
            if contract.needs or contract.gives
        )
        settle(self.device)
        self.most = self.options.batch or (_BATCH_ON_GPU if self.device.type == "cuda" else 1)
        """Most pictures, or tiles, in one call; less once memory has run out."""
        self.helpers = 1
        """Threads that compute the tiles of one picture."""
        self._stop = threading.Event()

    def _load(self, stage: Stage, contract: Contract, store: Store) -> Loaded:
        import torch

        dtype = getattr(torch, find_precision(self.options.precision, contract, self.device))
        ctx = Context(self.device, dtype, store, self._generators, self.options.compile)
        return Loaded(stage, contract, load(stage, ctx))

    @property
    def spreads(self) -> bool:
        """Whether a step lets pixels touch their neighbours."""
        return any(step.contract.halo != 0 for step in self.steps)

    def stop(self) -> None:
        """Make what is running end before its next step, by raising `Stopped`."""
        self._stop.set()

    def start(self) -> None:
        """Take back an earlier `stop`."""
        self._stop.clear()

    def go_on(self) -> None:
        """Raise `Stopped` where the program has been told to stop."""
        if self._stop.is_set():
            raise Stopped

    def run(self, batch: Batch) -> Batch:
        """Return what the steps make of whole pictures of one size."""
        import torch

        with torch.no_grad():
            return apply_all(self.steps, batch.to(self.device), self.go_on)

    def translate(self, frames: Sequence[Frame]) -> list[Frame | Exception]:
        """Return what becomes of each frame; what goes wrong with one is its own matter.

        When memory runs out the batch is halved, then the picture is cut into ever smaller
        tiles. Every attempt starts afresh, so nothing of a failed one gets into a picture.

        Args:
            frames: pictures of one `Frame.shape()`.
        """
        made = self._attempt(lambda: self._together(frames))
        if not isinstance(made, Exception):
            return list(made)
        if len(frames) == 1:
            return [self._in_less_memory(frames[0], made) if out_of_memory(made) else made]
        half = (len(frames) + 1) // 2
        if out_of_memory(made):
            self.most = min(self.most, half)
        return [*self.translate(frames[:half]), *self.translate(frames[half:])]

    def _attempt(self, work: Callable[[], list[Frame]]) -> list[Frame] | Exception:
        import torch

        try:
            with torch.no_grad():
                return work()
        except Exception as error:
            if out_of_memory(error):
                # Its traceback holds the tensors that did not fit.
                error.__traceback__ = error.__context__ = None
                failed = error
            else:
                return error
        release()
        return failed

    def _in_less_memory(self, frame: Frame, error: Exception) -> Frame | Exception:
        sides = [side for side in _SMALLER if side < (self.options.tile or max(frame.size))]
        cuttable = any(part.halo is not None for part in segments(self.steps, frame.size))
        for side in sides if cuttable and self.options.tile != 0 else ():
            self.most = 1
            made = self._attempt(lambda side=side: [self._in_pieces(frame, side)])  # type: ignore[misc]
            if not isinstance(made, Exception):
                return made[0]
            if not out_of_memory(made):
                return made
        height, width = frame.size
        tried = f"even in tiles of {sides[-1]}" if cuttable and sides else "and it cannot be cut"
        return InputError(
            f"out of memory at {width} x {height} pixels, {tried}; make it smaller first "
            f"('resize'), or use another --device ({' '.join(str(error).split())[:120]})"
        )

    def _together(self, frames: Sequence[Frame]) -> list[Frame]:
        """Run whole pictures at once, unless they are so large that they are cut."""
        if not self.steps:
            return list(frames)
        first = frames[0]
        if any(self._side(part, first.size, None) for part in segments(self.steps, first.size)):
            return [self._in_pieces(frame, None) for frame in frames]
        given = to_batch(frames, self.device)
        made = apply_all(self.steps, given, self.go_on)
        return frames_of(frames, given, made)

    def _side(self, segment: Segment, size: Size, wanted: int | None) -> int | None:
        """Return the side of tiles for a segment; None = it takes the whole picture."""
        wanted = self.options.tile if wanted is None else wanted
        if segment.halo is None or wanted == 0:
            return None
        if wanted is not None:
            return wanted if max(size) > wanted else None
        if segment.heavy and self.device.type == "cpu":
            return _LARGE_HEAVY_SIDE if size[0] * size[1] > _LARGE_HEAVY else None
        return _LARGE_SIDE if size[0] * size[1] > _LARGE else None

    def _in_pieces(self, frame: Frame, wanted: int | None) -> Frame:
        """Run one picture segment by segment, those with a halo tile by tile."""
        import torch

        whole: Whole = frame
        info: dict[str, Any] = dict(frame.info)
        parts = segments(self.steps, frame.size)
        for number, part in enumerate(parts, 1):
            side, unit = self._side(part, size_of(whole), wanted), unit_for(whole, part)
            if side is None or unit is None:
                given = to_batch([whole], self.device) if isinstance(whole, Frame) else whole
                whole = apply_all(part.steps, settled(given).to(self.device), self.go_on)
                continue
            chain = self._tiled(whole, part, info)
            found = stripes(whole, part, side, unit, chain, self.most, self.helpers)
            if number == len(parts):
                return from_stripes(frame, whole, part.scale, found).replace(info=info)
            whole = with_image(whole, torch.cat(list(found), dim=-2)[None])
        if isinstance(whole, Frame):
            return whole
        made = frames_of([frame], None, whole)[0]
        return made.replace(info={**info, **made.info})

    def _tiled(
        self, whole: Whole, part: Segment, info: dict[str, Any]
    ) -> Callable[[Sequence[Box]], Batch]:
        import torch

        def chain(boxes: Sequence[Box]) -> Batch:
            # Whether gradients are kept is a matter of each thread.
            with torch.no_grad():
                made = apply_all(part.steps, pieces(whole, boxes, self.device), self.go_on)
            info.update(made.info[0] if made.info else {})
            return made

        return chain
