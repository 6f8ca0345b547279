"""The command line: `main` is the console script, and says errors as one line each."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from itertools import takewhile

from translate.cli.text import note
from translate.errors import TranslateError

INTERRUPTED = 130


def main() -> None:
    """Run the command line on `sys.argv`, and exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A file's name may hold bytes that are no text; it is escaped, as JSON does too.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: list[str]) -> int:
    """Run the command line on the given arguments and return its exit code.

    0 all done; 1 some input failed, or something unforeseen; 2 wrong usage, pipeline or plan;
    3 the environment lacks something; 130 interrupted.
    """
    try:
        # Ctrl-C may come while this is still being imported.
        from translate.cli.app import make_app

        make_app(arguments)(arguments, prog_name="translate")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_has_gone()
    except TranslateError as error:
        note(str(error))
        return error.exit_code
    except Exception as error:
        if _debug(arguments):
            raise
        text = " ".join(str(error).split()) or "no message"
        note(f"{type(error).__name__}: {text}")
        print("  not foreseen: 'translate --debug …' shows where it came from", file=sys.stderr)
        return 1
    return 0


def _debug(arguments: list[str]) -> bool:
    return "--debug" in takewhile(lambda word: word.startswith("-"), arguments)


def _reader_has_gone() -> int:
    """Let Python's last flush of stdout write nowhere, as `translate … | head` asks."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
