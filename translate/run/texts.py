"""Text files that people write: prompts."""

from __future__ import annotations

from pathlib import Path

from translate.errors import PlanError


def read_text(path: Path) -> str:
    """Return a text file in UTF-8, with or without a byte order mark.

    Raises:
        PlanError: it cannot be read, or is no text.
    """
    try:
        return path.read_text("utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise PlanError(f"'{path}' cannot be read as a text of prompts in UTF-8") from error
