"""What is drawn of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from translate.train.board import write_row
from translate.train.output import Output
from translate.train.plot import series, smooth, write_plot
from translate.train.sheet import sheet, write_sheet


def test_rows_of_a_sheet_are_input_result_target(tmp_path: Path) -> None:
    columns = [torch.full((2, 3, 10, 10), value) for value in (0.0, 0.5, 0.25)]
    write_sheet(tmp_path / "s" / "sheet.png", columns)
    with Image.open(tmp_path / "s" / "sheet.png") as found:
        assert found.size == (2 * 3 * 18, 18)
        values = [found.getpixel((9 + 18 * i, 9))[0] for i in range(6)]
    assert values == [0, 128, 64, 0, 128, 64]


def test_gray_small_and_many_channelled_pictures_fit_on_a_sheet() -> None:
    drawn = sheet([torch.zeros(1, 1, 5, 5), torch.zeros(1, 5, 10, 10)])
    assert drawn.shape == (3, 18, 36)
    assert drawn[:, 9, 9].tolist() == drawn[:, 9, 27].tolist() == [0, 0, 0]


def test_wide_rows_go_below_each_other() -> None:
    drawn = sheet([torch.zeros(3, 3, 8, 600)] * 3)
    assert drawn.shape == (3, 3 * 16, 3 * 608)


ROWS = [
    *({"images": i * 10, "seconds": 1.0, "rate": 1.0, "generator": 1 / (i + 1)} for i in range(50)),
    {"images": 200, "held_out": {"psnr": 20.0}, "baseline": {"psnr": 18.0}},
    {"images": 490, "held_out": {"psnr": 21.0}, "baseline": {"psnr": 18.0}},
]


def test_every_loss_and_held_out_measure_has_its_curve() -> None:
    found = series(ROWS)
    assert set(found) == {"generator", "held out: psnr"}
    assert found["held out: psnr"] == ([(200, 20.0), (490, 21.0)], 18.0)


def test_the_plot_is_a_picture_with_the_baseline_in_red(tmp_path: Path) -> None:
    write_plot(tmp_path / "loss.png", ROWS)
    with Image.open(tmp_path / "loss.png") as plot:
        colours = {colour for _, colour in plot.convert("RGB").getcolors(100_000)}
        assert plot.size == (880, 240)
    assert (0xD6, 0x27, 0x28) in colours


def test_nothing_to_plot_is_no_picture(tmp_path: Path) -> None:
    write_plot(tmp_path / "loss.png", [])
    assert not (tmp_path / "loss.png").exists()


def test_smoothing_keeps_places_and_means() -> None:
    points = [(float(i), float(i % 2)) for i in range(400)]
    smoothed = smooth(points)
    assert [x for x, _ in smoothed] == [x for x, _ in points]
    assert smoothed[200][1] == pytest.approx(0.5, abs=0.05)
    assert smooth(points[:10]) == points[:10]


def test_statistics_survive_a_line_that_a_kill_cut(tmp_path: Path) -> None:
    output = Output(tmp_path)
    for images in (2, 4, 6):
        output.log({"images": images})
    with output.stats.open("a") as file:
        file.write('{"images": 8, "gen')
    assert [row["images"] for row in output.rows()] == [2, 4, 6]
    output.forget_after(4)
    assert [json.loads(line)["images"] for line in output.stats.read_text().splitlines()] == [2, 4]


def test_tensorboard_is_given_losses_and_measures() -> None:
    class Writer:
        def __init__(self) -> None:
            self.points: list[tuple[str, float, int]] = []

        def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> Any:
            self.points.append((tag, scalar_value, global_step))

    writer = Writer()
    write_row(writer, {"images": 8, "generator": 0.5, "rate": 1.0})
    write_row(writer, {"images": 8, "held_out": {"psnr": 20.0}, "baseline": {"psnr": 18.0}})
    assert writer.points == [("generator", 0.5, 8), ("rate", 1.0, 8), ("held_out/psnr", 20.0, 8)]
