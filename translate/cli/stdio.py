"""`-`: one picture from stdin, one to stdout; and lists of inputs."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from translate.errors import UsageError

STANDARD = "-"
_ON_STDOUT = "png"


def read_list(name: str) -> list[str]:
    """Return the inputs that a file, or stdin for `-`, lists: one a line, or parted by NUL.

    Raises:
        UsageError: no such file, or not text.
    """
    try:
        data = sys.stdin.buffer.read() if name == STANDARD else Path(name).read_bytes()
        text = data.decode(sys.getfilesystemencoding(), "surrogateescape")
    except OSError as error:
        raise UsageError(f"--from {name}: cannot be read ({error.strerror})") from None
    return text.split("\0") if "\0" in text else text.splitlines()


@contextmanager
def one_picture(
    inputs: Sequence[str], output: str, format: str | None
) -> Iterator[tuple[Sequence[str | Path], str | Path]]:
    """Give inputs and output as files: what comes and goes by `-` lies in a temporary folder.

    The picture is written to stdout when the block ends and the file is there.

    Raises:
        UsageError: `-` beside other inputs, or for several pictures.
        InputError: what is on stdin is no picture.
    """
    if STANDARD not in (*inputs, output):
        yield inputs, output
        return
    if STANDARD in inputs and len(inputs) > 1:
        raise UsageError("the input '-' is one picture on stdin; other inputs cannot stand beside")
    if output == STANDARD and (len(inputs) != 1 or Path(inputs[0]).is_dir()):
        raise UsageError(
            "the output '-' takes one picture; give one input, not several or a folder"
        )
    with tempfile.TemporaryDirectory(prefix="translate-") as place:
        folder = Path(place)
        given = [_from_stdin(folder)] if STANDARD in inputs else list(inputs)
        suffix = (format or _ON_STDOUT).lower().lstrip(".")
        target = folder / "out" / f"stdout.{suffix}" if output == STANDARD else output
        yield given, target
        if isinstance(target, Path) and target.is_file():
            sys.stdout.buffer.write(target.read_bytes())
            sys.stdout.buffer.flush()


def _from_stdin(folder: Path) -> Path:
    from translate.images import extension_for, probe

    data = sys.stdin.buffer.read()
    kind = probe(data, name="standard input").format
    path = folder / f"stdin{extension_for(kind)}"
    path.write_bytes(data)
    return path
