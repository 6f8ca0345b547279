from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from translate.errors import InputError
from translate.run.sidecars import Beside
from translate.run.single import translate_bytes


@pytest.fixture
def encoded(draw):
    def make(format: str = "PNG", **how) -> bytes:
        file = io.BytesIO()
        Image.fromarray(draw()).save(file, format, **how)
        return file.getvalue()

    return make


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_bytes_in_bytes_out(program, stages, encoded, draw) -> None:
    data, done = translate_bytes(encoded(), program(stages.Invert()))
    assert np.array_equal(np.asarray(opened(data)), 255 - draw())
    assert (done.size, done.out_size) == ((24, 32), (24, 32))


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "TIFF"])
def test_format_is_the_inputs_or_what_is_asked(program, stages, encoded, format: str) -> None:
    data, _ = translate_bytes(encoded(format), program(stages.Invert()))
    assert opened(data).format == format
    data, _ = translate_bytes(encoded(format), program(stages.Invert(), format="png"))
    assert opened(data).format == "PNG"


def test_same_seed_same_bytes(program, stages, encoded) -> None:
    made = [translate_bytes(encoded(), program(stages.Grain(), seed=s))[0] for s in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_no_picture_is_one_line(program, stages, data: bytes) -> None:
    with pytest.raises(InputError, match="standard input") as caught:
        translate_bytes(data, program(stages.Invert()))
    assert "\n" not in str(caught.value)


def test_stage_that_fails_is_one_line(program, stages, encoded) -> None:
    with pytest.raises(InputError, match="standard input: stage 'fill' needs a mask"):
        translate_bytes(encoded(), program(stages.Fill()))


def test_mask_beside(program, stages, encoded, tmp_path) -> None:
    Image.new("L", (32, 24), 255).save(tmp_path / "mask.png")
    program = program(stages.Fill())
    data, _ = translate_bytes(encoded(), program, beside=Beside(mask=tmp_path / "mask.png"))
    assert opened(data).getextrema() == ((0, 0),) * 3
