"""What a person who guides pictures is told, as the command line tells it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from translate_clip.generators import VqganConfig
from translate_clip.nets.vqgan import Vqgan

Cli = Callable[..., Any]
FAST = "steps=1 cutouts=1"
LONG = "a cat on a mat in a hat with a bat"


@pytest.fixture
def lightning(tmp_path: Path, picture: Path) -> Path:
    """An autoencoder in a file that would copy the picture to `mark` if it were unpickled."""

    class Callback:
        def __reduce__(self) -> tuple[object, ...]:
            return shutil.copyfile, (str(picture), str(tmp_path / "mark"))

    # 32 groups: the layout's own number, of which the file says nothing.
    config = VqganConfig(width=32, multipliers=(1, 2), z_channels=4, embed_dim=4, groups=32)
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": Vqgan(config).state_dict(), "callbacks": Callback()}, path)
    return path


def test_a_prompt_that_is_too_long_is_cut_and_said(
    cli: Cli, weights: Mapping[str, str], picture: Path, tmp_path: Path
) -> None:
    chain = f"clip-guide weights={weights['vqgan']} clip={weights['clip']} {FAST}"
    notes = []
    for prompt in ("a cat", LONG):
        said = cli("run", chain, picture, tmp_path / "out", "--prompt", prompt, "--json")
        assert said.code == 0
        notes.append((json.loads(said.out)["info"].get("note", ""), said.err))
    (short, quiet), (long, loud) = notes
    assert (short, "warning" in quiet) == ("", False)
    assert long == "the prompt is longer than CLIP reads, and was cut"
    assert f"warning: {tmp_path / 'out' / 'red.png'}: {long}" in loud


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("stage", [f"clip-guide prompt=red {FAST}", "reconstruct", "interpolate"])
def test_a_lightning_pickle_is_refused_with_its_name_and_the_way_out(
    cli: Cli, lightning: Path, picture: Path, tmp_path: Path, command: str, stage: str
) -> None:
    files = [picture, tmp_path / "out"] if command == "run" else []
    said = cli(command, f"{stage} weights={lightning}", *files)
    assert said.code == 3
    told = [line for line in said.err.splitlines() if str(lightning) in line]
    assert len(told) == 1
    assert "'translate weights convert last.ckpt last.safetensors' takes the tensors" in told[0]
    assert not (tmp_path / "mark").exists()
    assert not (tmp_path / "out").exists()


def test_the_way_out_of_a_lightning_pickle_leads_out(
    cli: Cli, lightning: Path, picture: Path, tmp_path: Path
) -> None:
    safe = lightning.with_suffix(".safetensors")
    assert cli("weights", "convert", lightning, safe).code == 0
    assert cli("run", f"reconstruct weights={safe}", picture, tmp_path / "out").code == 0
    assert not (tmp_path / "mark").exists()


def test_a_pickle_is_no_clip(cli: Cli, lightning: Path, weights: Mapping[str, str]) -> None:
    said = cli("check", f"clip-guide weights={weights['vqgan']} clip={lightning} prompt=red")
    assert said.code == 3
    assert f"weights '{lightning}' hold no CLIP" in said.err
