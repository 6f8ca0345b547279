"""A whole run through its public door: what it writes, and how it ends."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from translate.errors import UsageError
from translate.train.checkpoint import load
from translate.train.events import Checked, Finished, Measured, Started, Stepped
from translate.train.settings import read
from translate.train.step import DivergedError
from translate.weights import read_header


def of(kind: type, events: list[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_the_folder_holds_all_that_a_run_leaves(start: Any, tmp_path: Path) -> None:
    events = start(images=16, val=0.4, sample_every=8, license="CC0-1.0", data_note="noise")
    out = tmp_path / "out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {
        "weights.safetensors", "best.safetensors", "settings.yaml", "stats.jsonl", "loss.png",
        "checkpoint/last.pt", "samples/000000008.png", "samples/000000016.png",
    }  # fmt: skip
    assert [type(event) for event in events[:3]] == [Checked, Started, Stepped]
    assert events[-1] == Finished(16, stopped=False, weights=out / "weights.safetensors")
    assert read(out / "settings.yaml").license == "CC0-1.0"


def test_weights_say_what_they_are(start: Any, tmp_path: Path) -> None:
    start(images=8, val=0.4, sample_every=8, license="CC0-1.0", data_note="noise")
    path = tmp_path / "out" / "weights.safetensors"
    header = read_header(path)
    assert header.config == {"generator": "tiny", "channels": [3, 3]}
    assert (header.metadata["license"], header.metadata["data"]) == ("CC0-1.0", "noise")
    assert json.loads(header.metadata["images"]) == 8
    assert json.loads(header.metadata["metrics"])["psnr"] > 0
    assert json.loads(header.metadata["settings"])["crop_size"] == 8
    assert str(tmp_path) not in path.read_bytes().decode("latin-1"), "names no place on this disk"
    floats = [value for value in load_file(path).values() if value.is_floating_point()]
    assert {value.dtype for value in floats} == {torch.float16}


def test_weights_are_the_averaged_ones(start: Any, tmp_path: Path) -> None:
    start(images=16)
    parts = load(tmp_path / "out" / "checkpoint" / "last.pt")["parts"]
    ours = load_file(tmp_path / "out" / "weights.safetensors")["0.weight"]
    assert torch.equal(ours, parts["average"]["0.weight"].half())
    assert not torch.equal(ours, parts["nets"]["generator.0.weight"].half())


def test_held_out_measures_stand_beside_those_of_the_input(start: Any, tmp_path: Path) -> None:
    events = start(images=16, val=0.4, sample_every=4)
    measured = of(Measured, events)
    assert [event.seen for event in measured] == [4, 8, 12, 16]
    assert set(measured[0].values) == {"psnr", "l1"}, "SSIM needs 11 pixels"
    assert set(measured[0].baseline) == {"psnr", "l1"}
    assert len({event.baseline["psnr"] for event in measured}) == 1
    rows = [json.loads(line) for line in (tmp_path / "out/stats.jsonl").read_text().splitlines()]
    assert [row["held_out"] for row in rows if "held_out" in row] == [e.values for e in measured]
    best = max(event.values["psnr"] for event in measured)
    assert [e.values["psnr"] for e in measured if e.best][-1] == best
    kept = json.loads(read_header(tmp_path / "out" / "best.safetensors").metadata["metrics"])
    assert kept["psnr"] == best


def test_the_sheet_shows_input_result_and_target(start: Any, tmp_path: Path) -> None:
    start(images=8, sample_every=8, samples=3)
    with Image.open(tmp_path / "out" / "samples" / "000000008.png") as sheet:
        assert sheet.size == (3 * 3 * (8 + 8), 8 + 8), "three pictures of three, framed"


def test_unpaired_folders_train(start: Any, tmp_path: Path) -> None:
    events = start(recipe="tiny-unpaired", images=8, sample_every=4)
    assert events[0].train == (7, 7)
    assert events[-1].seen == 8
    with Image.open(tmp_path / "out" / "samples" / "000000004.png") as sheet:
        assert sheet.size == (7 * 2 * 16, 16), "input and result"


def test_overfitting_a_few_pictures_lowers_the_loss(start: Any) -> None:
    fields = {"rate": 0.05, "dropout": 0.0, "pool": False}
    events = start(fields=fields, overfit=2, images=240, flip=False, sample_every=240)
    losses = [event.losses["generator"] for event in of(Stepped, events)]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_a_loss_that_is_no_number_stops_and_keeps_the_checkpoint(
    start: Any, tmp_path: Path
) -> None:
    message = r"loss 'generator' is nan with \d, \d, at image 6; the checkpoint before it.*Try"
    with pytest.raises(DivergedError, match=message):
        start(fields={"breaks_at": 4}, images=16, save_every="0s")
    kept = load(tmp_path / "out" / "checkpoint" / "last.pt")
    assert kept["seen"] == 6
    assert all(torch.isfinite(v).all() for v in kept["parts"]["nets"].values())


def test_plateau_lowers_the_rate_after_looks_without_gain(start: Any, tmp_path: Path) -> None:
    start(fields={"rate": 1e-9}, images=40, val=0.4, schedule="plateau", sample_every=4)
    rows = [json.loads(line) for line in (tmp_path / "out/stats.jsonl").read_text().splitlines()]
    rates = [row["rate"] for row in rows if "rate" in row]
    assert (rates[0], rates[-1]) == (1.0, pytest.approx(0.2))


def test_one_loader_thread_or_three_make_no_difference(start: Any, tmp_path: Path) -> None:
    for threads, cache in ((1, "1GB"), (3, "0MB")):
        start(f"threads-{threads}", images=12, threads=threads, cache=cache)
    one, three = (
        load_file(tmp_path / f"threads-{threads}" / "weights.safetensors") for threads in (1, 3)
    )
    assert all(torch.equal(one[key], three[key]) for key in one)


def test_nothing_is_said_by_libraries(start: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        start(images=2)
    assert not caplog.records


def test_a_folder_that_cannot_be_written_to_is_said_to_be_one(start: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written to .*choose another folder"):
        start("file/out", images=2)
