"""One picture in a shell's pipe: bytes in, bytes out."""

from __future__ import annotations

import io
import time
from pathlib import Path

from translate.errors import InputError
from translate.images import FORMATS, decode
from translate.run.plan import Item
from translate.run.program import Program
from translate.run.reading import limit, opened
from translate.run.results import Done, why
from translate.run.sidecars import Beside
from translate.run.threads import cores, intra_op_threads
from translate.run.writing import write_to

STDIN = "-"


def translate_bytes(
    data: bytes, program: Program, *, beside: Beside | None = None
) -> tuple[bytes, Done]:
    """Return what the program makes of one encoded picture, encoded.

    The format is the input's, or `Options.format`. The seed comes from (run seed, "-").

    Args:
        data: a picture file's bytes.
        program: the pipeline.
        beside: mask, reference and prompt.

    Raises:
        InputError: it cannot be read, translated or written.
    """
    options, began = program.options, time.perf_counter()
    program.start()
    item = Item(STDIN, None, Path(STDIN), beside or Beside())
    picture = decode(data, max_pixels=limit(options), name="standard input")
    work = opened(item, picture, options, program.spreads, "", began)
    program.helpers = cores() if program.device.type == "cpu" else 1
    with intra_op_threads(cores()):
        for frame in work.frames:
            made = program.translate([frame])[0]
            if isinstance(made, Exception):
                raise InputError(f"standard input: {why(made)}") from made
            work.made[made.key] = made
    suffix = "." + (options.format or "").lower().lstrip(".")
    file = io.BytesIO()
    done = write_to(file, work, FORMATS.get(suffix, picture.format), options)
    return file.getvalue(), done
