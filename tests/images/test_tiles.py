from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from translate.images import crop_to, pad_to, plan_tiles, stitch
from translate.images.tiles import Box, ramp

sides = st.integers(1, 120)
quick = settings(max_examples=25)
plans = {
    "height": sides,
    "width": sides,
    "tile": st.integers(5, 90),
    "halo": st.integers(0, 20),
    "multiple_of": st.sampled_from((1, 2, 8, 32)),
    "overlap": st.integers(0, 40),
}


def inside(inner: Box, outer: Box) -> bool:
    return (
        outer.top <= inner.top < inner.bottom <= outer.bottom
        and outer.left <= inner.left < inner.right <= outer.right
    )


@quick
@given(**plans)
def test_cores_cover_the_picture_once(
    height: int, width: int, tile: int, halo: int, multiple_of: int, overlap: int
) -> None:
    times = torch.zeros(height, width)
    for piece in plan_tiles(height, width, tile, halo, multiple_of, overlap):
        piece.core.cut(times).add_(1)
    assert (times == 1).all()


@quick
@given(**plans)
def test_boxes_nest_and_start_on_the_grid_and_read_includes_the_halo(
    height: int, width: int, tile: int, halo: int, multiple_of: int, overlap: int
) -> None:
    whole = Box(0, 0, height, width)
    for piece in plan_tiles(height, width, tile, halo, multiple_of, overlap):
        assert inside(piece.core, piece.keep)
        assert inside(piece.keep, piece.read)
        assert inside(piece.read, whole)
        for box in (piece.core, piece.keep, piece.read):
            assert box.top % multiple_of == box.left % multiple_of == 0
        keep, read = piece.keep, piece.read
        assert read.top == 0 or keep.top - read.top >= halo
        assert read.left == 0 or keep.left - read.left >= halo
        assert read.bottom == height or read.bottom - keep.bottom >= halo
        assert read.right == width or read.right - keep.right >= halo


@quick
@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    tile=st.integers(7, 40),
    halo=st.integers(0, 5),
    overlap=st.integers(0, 20),
    scale=st.sampled_from((1, 2, 3)),
)
def test_joined_tiles_equal_the_whole_where_the_halo_is_the_receptive_field(
    size: tuple[int, int], tile: int, halo: int, overlap: int, scale: int
) -> None:
    image = torch.rand(1, 2, *size, generator=torch.Generator().manual_seed(1))

    def filtered(part: torch.Tensor) -> torch.Tensor:
        blurred = functional.avg_pool2d(part, 2 * halo + 1, stride=1, padding=halo)
        return blurred.repeat_interleave(scale, -1).repeat_interleave(scale, -2)

    tiles = plan_tiles(*size, tile, halo, overlap=overlap)
    joined = torch.cat(list(stitch(tiles, (filtered(t.read.cut(image)) for t in tiles), scale)), -2)
    torch.testing.assert_close(joined, filtered(image), atol=2e-6, rtol=0)


def test_a_seam_is_a_ramp_and_not_a_step() -> None:
    """Tiles that disagree by 1 are joined by steps of at most the ramp's."""
    tiles = plan_tiles(8, 128, tile=64, halo=4, overlap=16)
    reads = [tile.read for tile in tiles]
    results = [torch.full((1, 1, r.height, r.width), float(i)) for i, r in enumerate(reads)]
    joined = torch.cat(list(stitch(tiles, results)), -2)
    assert joined[0, 0, 0, 0] == 0
    assert joined[0, 0, 0, -1] == 1
    assert joined.diff(dim=-1).max() <= 1 / 16 + 1e-6


def test_stripes_are_given_out_before_later_tiles_are_computed() -> None:
    tiles = plan_tiles(256, 32, tile=32, halo=2, overlap=8)
    computed = []

    def results() -> Iterator[torch.Tensor]:
        for tile in tiles:
            computed.append(tile)
            yield torch.zeros(1, 1, tile.read.height, tile.read.width)

    stripes = stitch(tiles, results())
    first = next(stripes)
    assert len(computed) == 1
    assert first.shape[-2] + sum(stripe.shape[-2] for stripe in stripes) == 256


def test_a_picture_no_larger_than_a_tile_is_one_tile() -> None:
    (only,) = plan_tiles(64, 48, tile=64, halo=10)
    assert only.core == only.keep == only.read == Box(0, 0, 64, 48)


@pytest.mark.parametrize("bad", [(0, 5, 4, 1), (5, 5, 0, 1), (5, 5, 4, -1)])
def test_impossible_plans_are_refused(bad: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="start at"):
        plan_tiles(*bad)


def test_ramps_of_neighbours_add_up_to_one() -> None:
    left, right = ramp((0, 24), (0, 20), 2), ramp((16, 40), (20, 40), 2)
    assert [a + b for a, b in zip(left[-16:], right[:16], strict=True)] == pytest.approx([1.0] * 16)


@quick
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    multiple_of=st.sampled_from((1, 2, 7, 32)),
    min_size=st.integers(1, 70),
)
def test_crop_undoes_pad_and_the_padded_size_fits(
    height: int, width: int, multiple_of: int, min_size: int
) -> None:
    image = torch.rand(2, 3, height, width)
    padded = pad_to(image, multiple_of, min_size)
    assert padded.shape[-2] % multiple_of == padded.shape[-1] % multiple_of == 0
    assert min(padded.shape[-2:]) >= min_size
    assert max(padded.shape[-2] - height, padded.shape[-1] - width) < multiple_of + min_size
    assert torch.equal(crop_to(padded, height, width), image)


def test_padding_mirrors_without_repeating_the_edge() -> None:
    row = torch.tensor([1.0, 2.0, 3.0]).view(1, 1, 1, 3)
    assert pad_to(row, min_size=1, multiple_of=5)[0, 0, 0].tolist() == [1, 2, 3, 2, 1]


def test_one_pixel_is_repeated() -> None:
    assert (pad_to(torch.full((1, 3, 1, 1), 0.25), 4, 6) == 0.25).all()
