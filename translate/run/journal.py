"""What has been made from what: the file by which an interrupted run goes on.

One JSON object a line, appended before the output gets its name. An entry whose output is missing
or has other bytes counts for nothing, so a run may be killed between any two instructions.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

FOLDER = ".translate"
FILE = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """An output, and what it was made from. Digests are SHA-256 in hex."""

    output: str
    """Path of the output relative to the folder that the journal is kept for, POSIX."""
    input: str
    recipe: str
    """Of everything but the input: steps, weights, seed, options, key, sidecars."""
    result: str


@dataclass
class Journal:
    """The journal of one output folder. Appending is safe from several threads and processes."""

    folder: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    """Last entry by output."""
    _file: BinaryIO | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def read(cls, folder: Path) -> Journal:
        """Read the journal of `folder`; lines that are torn or foreign are passed over."""
        journal = cls(folder)
        try:
            data = journal.path.read_bytes()
        except FileNotFoundError:
            return journal
        for line in data.split(b"\n"):
            entry = _parse(line)
            if entry is not None:
                journal.entries[entry.output] = entry
        return journal

    @property
    def path(self) -> Path:
        """The file itself."""
        return self.folder / FOLDER / FILE

    def name(self, output: Path) -> str:
        """Return what `output` is called in the journal."""
        return output.relative_to(self.folder).as_posix()

    def find(self, output: Path) -> Entry | None:
        """Return the last entry of `output`, or None."""
        return self.entries.get(self.name(output))

    def append(self, entry: Entry) -> None:
        """Add an entry in one write. The file stays open until `close`."""
        line = json.dumps(asdict(entry), sort_keys=True) + "\n"
        with self._lock:
            if self._file is None:
                self._file = self._opened()
            self._file.write(line.encode())
            self.entries[entry.output] = entry

    def close(self) -> None:
        """Let go of the file; a later `append` opens it again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _opened(self) -> BinaryIO:
        """Open for appending, after ending a line that a killed run may have torn."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+b", buffering=0)
        file.write(_missing_newline(file))
        return file


def _missing_newline(file: BinaryIO) -> bytes:
    if not file.seek(0, os.SEEK_END):
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def _parse(line: bytes) -> Entry | None:
    try:
        found = json.loads(line)
        entry = Entry(**found)
    except (ValueError, TypeError):
        return None
    return entry if all(isinstance(value, str) for value in found.values()) else None
