"""Open a file or bytes with Pillow; whatever goes wrong becomes one InputError of one line."""

from __future__ import annotations

import ctypes
import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

# Pillow's lesser plugins register themselves when they are imported.
from PIL import (
    AvifImagePlugin,
    Image,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
    _imaging,
)

from translate.errors import InputError, TranslateError

_READ = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "DIB", "GIF")
_PLUGINS = (AvifImagePlugin, TiffImagePlugin, WebPImagePlugin)
_KNOWN = "JPEG, PNG, WebP, AVIF, TIFF, BMP or GIF"
_HEAD = 512

logging.getLogger("PIL").addHandler(logging.NullHandler())


def _hush_libtiff() -> None:
    """Keep libtiff from writing to stderr by itself: Pillow raises what it finds."""
    with suppress(OSError, AttributeError):  # linked so that it cannot be asked
        library = ctypes.CDLL(str(_imaging.__file__))
        library.TIFFSetErrorHandler.argtypes = [ctypes.c_void_p]
        library.TIFFSetErrorHandler.restype = ctypes.c_void_p
        library.TIFFSetErrorHandler(None)


_hush_libtiff()
# A limit that is an option cannot be a global of the process: `opened` checks each file itself.
Image.MAX_IMAGE_PIXELS = None
# Pillow refuses a whole picture for one profile or text of more than 1 MB; all texts together stay
# limited.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|....ftypavi|II\*\0|MM\0\*|BM", ""),
    (rb"....ftyp(hei|mif|msf|hev)", "an HEIC picture"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (rb"\0\0\0\x0cjP|\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"8BPS", "a Photoshop document"),
    (rb"v/1\x01", "an OpenEXR picture"),
    (rb"%PDF", "a PDF document"),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript document"),
    (rb"\x1f\x8b|PK\x03\x04|7z\xbc\xaf|Rar!", "a compressed archive"),
    (rb"....ftyp|\x1aE\xdf\xa3", "a video"),
    (rb"(?i)\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg", "an SVG drawing"),
    (rb"(?i)\s*(<!doctype html|<html)", "a web page (a download that failed?)"),
    (rb"version https://git-lfs", "a Git LFS pointer (run `git lfs pull`)"),
)


def label_of(source: Path | bytes, name: str | None) -> str:
    """Return how messages call the source."""
    return name or (str(source) if isinstance(source, Path) else "(bytes)")


@contextmanager
def reading(label: str) -> Iterator[None]:
    """Turn every error of a decoder into an InputError about `label`."""
    _hush()
    try:
        yield
    except TranslateError:
        raise
    except MemoryError as error:
        raise InputError(f"{label}: needs more memory than there is; make it smaller") from error
    except PermissionError as error:
        raise InputError(f"{label}: may not be read; change its permissions") from error
    except FileNotFoundError as error:
        raise InputError(f"{label}: no such file; check the path") from error
    except OSError as error:
        if error.errno is None:  # a decoder's, not the system's
            raise InputError(f"{label}: {_reason(error)}") from error
        raise InputError(f"{label}: cannot be read ({error.strerror}); check the path") from error
    # Decoders meet hostile bytes: besides OSError they raise ValueError, TypeError, SyntaxError,
    # NotImplementedError, IndexError, KeyError, struct.error, zlib.error and more.
    except Exception as error:
        raise InputError(f"{label}: {_reason(error)}") from error


def _hush() -> None:
    """Keep Pillow's warnings from stderr: what matters among them is raised or read over."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    if re.search(r"truncated|buffer overrun|not enough|end of file|EOF|no more images", text, re.I):
        return f"is cut short ({text}); copy or download it again"
    text = text or type(error).__name__
    return f"cannot be decoded ({text}); it is damaged or of a rare kind: save it anew as PNG"


@contextmanager
def opened(source: Path | bytes, label: str, max_pixels: int) -> Iterator[Image.Image]:
    """Open the picture, header only, known by its content and never by its name.

    Raises:
        InputError: It is empty, no picture, not of a format that is read, or too large.
    """
    with _stream(source, label) as stream:
        head = stream.read(_HEAD)
        if not head:
            raise InputError(f"{label}: is empty (0 bytes); copy or download it again")
        stream.seek(0)
        try:
            image = Image.open(stream, formats=_READ)
        except UnidentifiedImageError as error:
            raise InputError(f"{label}: {_stranger(head)}") from error
        with image:
            check_pixels(label, image.width * image.height, max_pixels)
            yield image


def _stream(source: Path | bytes, label: str) -> IO[bytes]:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if source.exists() and not source.is_file():
        raise InputError(f"{label}: is not a file; give a picture")
    return source.open("rb")


def check_pixels(label: str, pixels: int, max_pixels: int) -> None:
    """Raise InputError where a picture, or all frames together, hold more than is allowed."""
    if pixels > max_pixels:
        raise InputError(
            f"{label}: holds {pixels:,} pixels, more than the limit of {max_pixels:,}; "
            "raise --max-pixels if you trust the file"
        )


def _stranger(head: bytes) -> str:
    """Say what a file is that Pillow does not know, from its first bytes."""
    for pattern, words in _FOREIGN:
        if re.match(pattern, head, re.S):
            if not words:
                return "its header is damaged or of a rare kind; copy it again or save it anew"
            return f"is {words}, which is not read; give {_KNOWN}"
    if _is_text(head):
        return f"is text, not a picture; give {_KNOWN}"
    return f"is no picture that is known; give {_KNOWN}"


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # the cut at the end of the head may fall inside a character
        if error.start < len(head) - 3:
            return False
        text = head[: error.start].decode("utf-8")
    return all(character.isprintable() or character.isspace() for character in text)
