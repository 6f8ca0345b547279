"""EXIF, XMP, ICC and resolution: taken from a file, made true of the upright picture."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image
from PIL.Image import Transpose

if TYPE_CHECKING:
    from translate.images.picture import Metadata

EXIF_PREFIX = b"Exif\0\0"
_ORIENTATION = int(ExifTags.Base.Orientation)
_XMP_ORIENTATION = re.compile(rb'(tiff:Orientation(?:="|>))\s*([1-8])')
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_DESCRIPTIVE = tuple(
    int(tag)
    for tag in (
        ExifTags.Base.ImageDescription,
        ExifTags.Base.Make,
        ExifTags.Base.Model,
        ExifTags.Base.Software,
        ExifTags.Base.DateTime,
        ExifTags.Base.Artist,
        ExifTags.Base.Copyright,
    )
)
"""Tags of a TIFF that speak of the picture and not of how the file lays out its pixels."""
_SUB_IFDS = (int(ExifTags.IFD.Exif), int(ExifTags.IFD.GPSInfo))


def read_orientation(image: Image.Image) -> int:
    """Return 1 to 8: how the picture lies, by EXIF, else by XMP; 1 where neither says.

    A TIFF is turned upright by Pillow while it loads and says 1 from then on.
    """
    exif, xmp = _exif_bytes(image), _xmp_bytes(image)
    if exif:
        for _, value in _orientation_fields(exif):
            return value if 1 <= value <= 8 else 1
    found = _XMP_ORIENTATION.search(xmp) if xmp and image.format != "TIFF" else None
    return int(found[2]) if found else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture turned and mirrored as its orientation asks."""
    method = _UPRIGHT.get(orientation)
    return image if method is None else image.transpose(method)


def read_metadata(image: Image.Image, icc: bytes | None) -> Metadata:
    """Return what goes with the pixels of a loaded picture, told as of the upright picture.

    Args:
        image: Already loaded: a PNG may carry EXIF behind its pixels.
        icc: The profile that the converted pixels agree with.
    """
    from translate.images.picture import Metadata

    exif = _tiff_exif(image) if image.format == "TIFF" else _exif_bytes(image)
    xmp = _xmp_bytes(image)
    return Metadata(
        exif=reset_exif(exif) if exif else None,
        xmp=_XMP_ORIENTATION.sub(rb"\g<1>1", xmp) if xmp else None,
        icc=icc,
        dpi=_dpi(image.info),
    )


def reset_exif(exif: bytes) -> bytes | None:
    """Return EXIF that says upright and has no thumbnail of the old picture; None if broken.

    Everything else keeps its bytes and place: maker notes hold offsets that a rewrite breaks.
    """
    try:
        data = bytearray(exif)
        order = _byte_order(exif)
        for place, _ in _orientation_fields(exif):
            struct.pack_into(order + "H", data, place, 1)
        _drop_thumbnail(data, order)
    except struct.error:
        return None
    return bytes(data)


def _byte_order(exif: bytes) -> str:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        raise struct.error("not a TIFF header")
    return order


def _entries(exif: bytes, order: str, ifd: int) -> Iterator[tuple[int, int, int]]:
    """Yield (tag, type, place of the value) of each entry of the directory at `ifd`."""
    (count,) = struct.unpack_from(order + "H", exif, ifd)
    for i in range(count):
        tag, kind = struct.unpack_from(order + "HH", exif, ifd + 2 + 12 * i)
        yield tag, kind, ifd + 10 + 12 * i


def _orientation_fields(exif: bytes) -> Iterator[tuple[int, int]]:
    """Yield (place, value) of each orientation in the first directory; nothing if broken."""
    try:
        order = _byte_order(exif)
        (first,) = struct.unpack_from(order + "I", exif, 4)
        for tag, kind, place in _entries(exif, order, first):
            if tag == _ORIENTATION and kind == 3:
                yield place, struct.unpack_from(order + "H", exif, place)[0]
    except struct.error:
        return


def _drop_thumbnail(data: bytearray, order: str) -> None:
    """Blank the thumbnail's bytes and unlink its directory."""
    (first,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, first)
    link = first + 2 + 12 * count
    if link > len(data):
        raise struct.error("the directory is cut short")
    # some writers leave out the link after their only directory
    second = struct.unpack_from(order + "I", data, link)[0] if link + 4 <= len(data) else 0
    if not second:
        return
    struct.pack_into(order + "I", data, link, 0)
    values = {
        tag: struct.unpack_from(order + "I", data, place)[0]
        for tag, _, place in _entries(bytes(data), order, second)
    }
    start, length = values.get(0x0201, 0), values.get(0x0202, 0)
    if 0 < start <= start + length <= len(data):
        data[start : start + length] = bytes(length)


def _exif_bytes(image: Image.Image) -> bytes | None:
    exif = image.info.get("exif")
    legacy = image.info.get("Raw profile type exif")
    if exif is None and isinstance(legacy, str):
        try:
            exif = bytes.fromhex("".join(legacy.split("\n")[3:]))
        except ValueError:
            return None
    return exif.removeprefix(EXIF_PREFIX) if isinstance(exif, bytes) else None


def _tiff_exif(image: Image.Image) -> bytes | None:
    """Gather a TIFF's descriptive tags into an EXIF block of their own."""
    tags, kept = image.getexif(), Image.Exif()
    for tag in _DESCRIPTIVE:
        if tag in tags:
            kept[tag] = tags[tag]
    for ifd in _SUB_IFDS:
        kept.get_ifd(ifd).update(tags.get_ifd(ifd))
    if not kept and not any(kept.get_ifd(ifd) for ifd in _SUB_IFDS):
        return None
    try:
        return kept.tobytes().removeprefix(EXIF_PREFIX)
    # tags of a wrong type fail in as many ways as there are types; the picture is worth more
    except Exception:
        return None


def _xmp_bytes(image: Image.Image) -> bytes | None:
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if isinstance(xmp, str):
        return xmp.encode()
    return xmp if isinstance(xmp, bytes) and xmp else None


def _dpi(info: dict[Any, Any]) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    usable = math.isfinite(across) and math.isfinite(down) and min(across, down) > 0
    return (across, down) if usable else None
