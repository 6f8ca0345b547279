"""`translate train` as a person types it."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from translate.cli import execute
from translate.train.checkpoint import load
from translate.weights import read_header

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, pairs: Path, tiny_plugin: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `translate train` and return its exit code and what it said."""

    def train(
        *options: str, recipe: str = "tiny", data: Path = pairs, out: str = "out"
    ) -> tuple[int, str]:
        where = [recipe, str(data), str(tmp_path / out), "--plugin", str(tiny_plugin)]
        code = execute(["train", *where, "--device", "cpu", "--threads", "1", *options])
        said = capsys.readouterr()
        assert said.out == "", "stdout is for data"
        return code, said.err

    return train


def test_trains_and_says_so(run: Run, tmp_path: Path) -> None:
    code, said = run("--images", "4", "--val", "0.4", "--set", "rate=0.02", "--license", "MIT")
    assert code == 0
    assert "to train on" in said
    assert "starting of 4 on cpu" in said
    assert "held out at 2: psnr" in said
    assert "weights.safetensors: trained on 4 images" in said
    metadata = read_header(tmp_path / "out" / "weights.safetensors").metadata
    assert json.loads(metadata["settings"])["options"]["rate"] == 0.02
    assert metadata["command"].startswith("translate ")


def test_goes_on_where_it_stopped_and_refuses_other_settings(run: Run) -> None:
    run("--images", "4")
    assert "going on at image 4 of 6" in run("--images", "6")[1]
    code, said = run("--images", "6", "--set", "rate=0.5")
    assert code == 2
    assert said.count("\n") == 1
    assert "rate: was 0.01, now 0.5" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_with_everything_saved(run: Run, tmp_path: Path, number: int) -> None:
    before = signal.getsignal(number)
    told = "--set", f"signal={int(number)}", "--set", "signal_at=3"
    code, said = run("--images", "100", *told)
    assert code == 130
    assert "stopped at image 6; the same command goes on from there" in said
    assert load(tmp_path / "out" / "checkpoint" / "last.pt")["seen"] == 6
    assert signal.getsignal(number) is before
    assert "going on at image 6 of 8" in run("--images", "8", *told)[1]


def test_pictures_that_cannot_be_used_end_with_1(run: Run, pairs: Path) -> None:
    (pairs / "A" / "0.png").write_bytes(b"no picture")
    code, said = run("--images", "2")
    assert code == 1
    assert "0.png" in said
    assert "1 left out" in said


@pytest.mark.parametrize(
    ("options", "recipe", "message"),
    [
        ((), "tinny", "no recipe 'tinny', did you mean 'tiny'?"),
        (("--set", "rat=1"), "tiny", "no parameter 'rat', did you mean 'rate'?"),
        (("--set", "rate=fast"), "tiny", "rate must be a number"),
        (("--set", "rate"), "tiny", "write FIELD=VALUE"),
        (("--device", "abacus"), "tiny", "known are auto, cpu"),
        (("--save-every", "soon"), "tiny", "'soon' is not a duration"),
        (("--background", "blueish"), "tiny", "'blueish' is no colour"),
        (("--from-pipeline", "grey"), "tiny", "no pipeline or stage 'grey'"),
        (("--schedule", "plateau"), "tiny-unpaired", "needs --features FILE"),
    ],
)
def test_wrong_usage_is_one_line_and_2(
    run: Run, pairs: Path, options: tuple[str, ...], recipe: str, message: str
) -> None:
    code, said = run("--images", "2", *options, recipe=recipe)
    assert code == 2
    assert message in said
    assert len(said.replace(f"translate: reading {pairs}\n", "").splitlines()) == 1


def test_no_data_and_a_file_as_output_are_wrong_usage(run: Run, tmp_path: Path) -> None:
    assert run("--images", "2", data=tmp_path / "gone")[0] == 2
    code, said = run("--images", "2", out="net.safetensors")
    assert code == 2
    assert "name a folder" in said


def test_a_pipeline_makes_the_inputs(run: Run, pairs: Path, tmp_path: Path) -> None:
    options = "--images", "2", "--from-pipeline", "gray | invert"
    code, said = run(*options, data=pairs / "B")
    assert (code, "7 to train on" in said) == (0, True)
    assert read_header(tmp_path / "out" / "weights.safetensors").config["channels"] == [1, 3]


def test_a_pipeline_that_changes_the_size_leaves_nothing(run: Run, pairs: Path) -> None:
    code, said = run("--images", "2", "--from-pipeline", "resize width=3", data=pairs / "B")
    assert code == 2
    assert "no usable pictures" in said


@pytest.mark.parametrize(
    ("pipeline", "ended", "words"),
    [
        ("jpeg-artifacts quality=40", 0, "trained on 2 images"),
        ("jpg-artifacts", 2, "no pipeline or stage 'jpg-artifacts'"),
        ("inpaint", 2, "inpaint: needs a mask"),
    ],
)
def test_pipelines_spoil_what_an_upscaler_sees(
    run: Run, pairs: Path, pipeline: str, ended: int, words: str
) -> None:
    small = [f"--set={field}" for field in ("width=8", "blocks=1", "detail_widths=[8]")]
    size = "--crop-size", "16", "--batch", "1", "--images", "2"
    options = *small, *size, f"--set=degrade={pipeline}"
    code, said = run(*options, recipe="upscale", data=pairs / "B")
    assert (code, words in said) == (ended, True), said


def test_every_setting_is_an_option_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    from translate.train.settings import Settings

    assert execute(["train", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for name in set(Settings.model_fields) - {"recipe", "options", "data"}:
        assert f"--{name.replace('_', '-')}" in said


def test_the_docs_name_every_option(root: Path) -> None:
    from translate.train.settings import Settings

    text = (root / "docs" / "train.md").read_text(encoding="utf-8")
    for name in set(Settings.model_fields) - {"recipe", "options", "data"}:
        assert f"`--{name.replace('_', '-')}" in text, name
