"""Every corrupt, odd and huge file of the shared collection: a picture, or one clear line."""

from __future__ import annotations

import csv
import resource
import time
from pathlib import Path

import numpy as np
import pytest

from translate.errors import InputError
from translate.images import decode, probe

READ = {"JPEG", "MPO", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"}
# Pillow shows these; here they are damaged animations, or samples without an agreed range.
REFUSED = {
    "pillow/10ct_32bit_128.tiff",
    "pillow/16bit.s.tif",
    "pillow/broken_data_stream.png",
    "pillow/decompression_bomb_extents.gif",
    "pillow/apng/chunk_no_fctl.png",
    "pillow/apng/chunk_no_fdat.png",
    "pillow/apng/chunk_repeat_fctl.png",
    "pillow/apng/sequence_reorder.png",
    "pillow/apng/syntax_num_frames_high.png",
    "libvips/invalid_multiframe.gif",
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/badimages/index.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def outcome(path: Path) -> str:
    try:
        picture = decode(path)
    except InputError as error:
        return str(error)
    told = probe(path)
    assert (told.format, told.frames) == (picture.format, len(picture.frames))
    assert (told.height, told.width) == picture.size
    assert told.bits == picture.bits
    assert told.channels == picture.frames[0].shape[2]
    assert told.has_alpha or picture.alpha is None
    return ""


def test_every_file_is_a_picture_or_one_line(shared: Path, rows: list[dict[str, str]]) -> None:
    folder = shared / "data/badimages"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lost, slow = [], []
    for row in rows:
        path = folder / row["file"]
        start = time.thread_time()
        said = outcome(path)
        if time.thread_time() - start > 5:
            slow.append(row["file"])
        if said:
            assert said.startswith(f"{path}: ")
            assert "; " in said
            assert "\n" not in said
        readable = row["pillow13_result"] == "ok" and row["format"] in READ
        if bool(said) == (readable and row["file"] not in REFUSED):
            lost.append(f"{row['file']}: {said or 'is a picture now'}")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert not lost
    assert not slow
    assert grown < 1_000_000, "kilobytes"


@pytest.mark.parametrize("number", [2, 3, 4, 7])
def test_photographs_of_each_orientation_are_the_same_upright(shared: Path, number: int) -> None:
    path = shared / f"data/badimages/exif-orientation/Landscape_{number}.jpg"
    picture = decode(path)
    assert picture.size == (1200, 1800)
    first = decode(shared / "data/badimages/exif-orientation/Landscape_3.jpg")
    gap = np.abs(picture.frames[0].astype(int) - first.frames[0])
    # each has its own number painted in
    assert gap.mean() < 5
