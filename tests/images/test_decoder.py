from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from translate.images import Metadata, Picture, decode, encode, probe

Maker = Callable[..., Any]


@pytest.mark.parametrize(
    ("mode", "channels", "alpha"),
    [
        ("1", 1, False),
        ("L", 1, False),
        ("LA", 1, True),
        ("P", 3, False),
        ("RGB", 3, False),
        ("RGBA", 3, True),
    ],
)
def test_every_kind_of_png(
    mode: str, channels: int, alpha: bool, file_of: Maker, samples: Maker
) -> None:
    image = Image.fromarray(samples(channels=4), "RGBA").convert("RGB" if mode == "P" else mode)
    image = image.convert(mode)
    picture = decode(file_of(image, "PNG"))
    assert picture.frames[0].shape == (37, 53, channels)
    assert picture.frames[0].flags.c_contiguous
    assert picture.frames[0].flags.writeable
    assert (picture.alpha is not None) == alpha
    shown = image.convert({1: "L", 3: "RGB"}[channels])
    assert np.array_equal(picture.frames[0].squeeze(), np.asarray(shown))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_transparent_colour_becomes_alpha(mode: str, file_of: Maker) -> None:
    image = Image.new(mode, (4, 2), 0)
    image.paste(1 if mode in "1LP" else (1, 1, 1), (0, 0, 2, 2))
    if mode == "P":
        image.putpalette([9, 9, 9, 200, 200, 200])
    picture = decode(file_of(image, "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0))
    assert picture.alpha is not None
    assert picture.alpha[0].tolist() == [[255, 255, 0, 0]] * 2


def test_animations_keep_frames_timing_and_loop(file_of: Maker) -> None:
    images = [Image.new("RGB", (9, 7), (60 * i, 20, 200)) for i in range(4)]
    options = {"save_all": True, "append_images": images[1:], "duration": [40, 80, 120, 160]}
    for format, loop, plays in (("GIF", 2, 3), ("GIF", 0, 0), ("PNG", 3, 3), ("WEBP", 5, 5)):
        picture = decode(file_of(images[0], format, loop=loop, **options))
        assert picture.durations == (40, 80, 120, 160)
        assert picture.loop == plays
        assert picture.alpha is None
        assert [int(frame[0, 0, 0]) // 50 for frame in picture.frames] == [0, 1, 2, 3]
    assert decode(file_of(images[0], "GIF", **options)).loop == 1


def test_a_still_png_that_only_old_viewers_show_is_no_frame(file_of: Maker) -> None:
    images = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    data = file_of(
        images[0], "PNG", save_all=True, append_images=images[1:], default_image=True, duration=50
    )
    picture = decode(data)
    assert [frame[0, 0].tolist() for frame in picture.frames] == [[0, 255, 0], [0, 0, 255]]


def test_pages_of_a_tiff_may_differ(file_of: Maker) -> None:
    pages = [Image.new("RGB", (8, 6)), Image.new("L", (5, 9)), Image.new("I;16", (3, 3), 300)]
    picture = decode(file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [frame.shape for frame in picture.frames] == [(6, 8, 3), (9, 5, 1), (3, 3, 1)]
    assert int(picture.frames[2][0, 0, 0]) == 300
    assert picture.durations == ()


@pytest.mark.parametrize("name", ["photo.png", "photo.txt", "photo"])
def test_the_content_decides_and_not_the_name(
    name: str, tmp_path: Path, file_of: Maker, samples: Maker
) -> None:
    path = tmp_path / name
    path.write_bytes(file_of(samples(), "JPEG"))
    assert decode(path).format == probe(path).format == "JPEG"


def test_a_damaged_profile_or_exif_does_not_cost_the_picture(
    file_of: Maker, samples: Maker
) -> None:
    data = file_of(samples(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff", icc_profile=b"x" * 200)
    picture = decode(data)
    assert picture.size == (37, 53)
    assert picture.metadata == Metadata(dpi=picture.metadata.dpi)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_the_header_tells_what_decoding_gives(
    format: str, channels: int, alpha: bool, samples: Maker
) -> None:
    plane = (np.full((37, 53), 128, np.uint8),) if alpha else None
    data = encode(Picture((samples(channels=channels),), plane, "PNG"), format)
    told, picture = probe(data), decode(data)
    assert (told.height, told.width) == picture.size
    assert told.channels == picture.frames[0].shape[2]
    assert told.has_alpha == (picture.alpha is not None)
    assert (told.frames, told.bits, told.format) == (1, 8, format)


def test_threads_do_not_disturb_each_other(file_of: Maker, samples: Maker) -> None:
    truths = [samples(64, 64, 3, phase=i) for i in range(8)]
    files = [(file_of(truth, "PNG"), truth) for truth in truths]
    wrong = []

    def work(data: bytes, truth: Any) -> None:
        for _ in range(5):
            if not np.array_equal(decode(data).frames[0], truth):
                wrong.append(data)

    threads = [threading.Thread(target=work, args=pair) for pair in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
