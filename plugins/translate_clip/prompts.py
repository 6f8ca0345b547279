"""The prompt grammar: `text:weight | text:weight | picture.jpg:weight`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from translate.errors import InputError, UsageError

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to come near to (weight > 0) or to move away from (weight < 0)."""

    text: str
    """Words, or the path of a picture."""
    weight: float = 1.0

    @property
    def picture(self) -> Path | None:
        """The picture that the prompt names, where it ends like a picture file."""
        return Path(self.text).expanduser() if self.text.lower().endswith(PICTURES) else None


def parse(line: str) -> tuple[Prompt, ...]:
    r"""Return the prompts of one line: parts at `|`, each with a weight after its last `:`.

    `\:` and `\|` stand for the characters themselves. The weight is 1 where none is given.

    Raises:
        ValueError: no prompt at all, an empty part, a weight that is no number, or zero.
    """
    if not line.strip():
        raise ValueError("the prompt is empty; say what the picture should show")
    return tuple(_part(part) for part in re.split(r"(?<!\\)\|", line))


def _part(part: str) -> Prompt:
    *words, last = re.split(r"(?<!\\):", part)
    text, weight = (":".join(words), _weight(last, part)) if words else (last, 1.0)
    text = text.replace(r"\:", ":").replace(r"\|", "|").strip()
    if not text:
        raise ValueError(f"the prompt has an empty part: '{part.strip()}'")
    return Prompt(text, weight)


def _weight(given: str, part: str) -> float:
    number = given.strip()
    try:
        weight = float(number)
    except ValueError:
        raise ValueError(
            f"weight '{number}' of prompt '{part.strip()}' is no number; "
            r"write \: for a colon that belongs to the text"
        ) from None
    if weight != weight or abs(weight) == float("inf") or weight == 0:
        raise ValueError(f"weight '{number}' of prompt '{part.strip()}' must be finite and not 0")
    return weight


def check_pictures(prompts: tuple[Prompt, ...], error: Callable[[str], Exception]) -> None:
    """Raise `error` with one line for the first picture prompt whose file is not there."""
    for prompt in prompts:
        if prompt.picture is not None and not prompt.picture.is_file():
            raise error(f"picture prompt '{prompt.text}': no such file")


def of_stage(line: str) -> tuple[Prompt, ...]:
    """Return the prompts that a pipeline states. Raises UsageError."""
    try:
        prompts = parse(line)
    except ValueError as error:
        raise UsageError(str(error)) from None
    check_pictures(prompts, UsageError)
    return prompts


def of_item(line: str, key: str) -> tuple[Prompt, ...]:
    """Return the prompts that came with one item. Raises InputError naming it."""
    try:
        prompts = parse(line)
    except ValueError as error:
        raise InputError(f"{key}: {error}") from None
    check_pictures(prompts, lambda message: InputError(f"{key}: {message}"))
    return prompts
