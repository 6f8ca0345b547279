"""Weights carry their own description; damaged and dangerous files are refused in words."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from translate import Store, Weights, WeightsError
from translate.weights import digest, load_file, read_header, save_file

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2).half()}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "net.safetensors"
    save_file(path, TENSORS, {"generator": "unet-128", "depth": 7}, {"license": "Apache-2.0"})
    return path


def test_a_file_says_what_it_is_without_loading_a_tensor(saved):
    header = read_header(saved)
    assert header.config == {"generator": "unet-128", "depth": 7}
    assert header.metadata["license"] == "Apache-2.0"
    assert header.shapes["a.weight"] == (2, 3)


def test_what_was_saved_is_opened_again(saved):
    opened = load_file(saved)
    assert opened.config["depth"] == 7
    assert opened.tensors["a.bias"].dtype is torch.float16
    assert torch.equal(opened.tensors["a.weight"], TENSORS["a.weight"])


@pytest.mark.parametrize("wrapper", [None, "state_dict", "params_ema", "params"])
def test_a_state_dict_is_found_under_the_wrappers_of_the_field(tmp_path, wrapper):
    path = tmp_path / "net.pth"
    torch.save({wrapper: TENSORS, "epoch": 3} if wrapper else TENSORS, path)
    assert set(load_file(path).tensors) == set(TENSORS)


class Sly:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("ran-code"),)


def test_a_pickle_with_code_is_refused_and_does_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"w": Sly()}, tmp_path / "sly.pth")
    with pytest.raises(WeightsError, match=r"sly\.pth: refused"):
        load_file(tmp_path / "sly.pth")
    assert not (tmp_path / "ran-code").exists()


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@given(data=st.binary(max_size=200))
@settings(max_examples=30)
def test_any_bytes_are_refused_in_one_line(tmp_path_factory, suffix, data):
    path = tmp_path_factory.mktemp("w") / f"junk{suffix}"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="junk") as caught:
        load_file(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html>404", b"\x89PNG\r\n\x1a\n", b"cut here"])
def test_what_is_no_checkpoint_is_not_said_to_hold_code(tmp_path, page):
    (tmp_path / "net.pth").write_bytes(page)
    with pytest.raises(WeightsError, match=r"net\.pth: not a PyTorch checkpoint"):
        load_file(tmp_path / "net.pth")


@pytest.mark.parametrize(
    "header",
    [b"[" * 200_000, b'{"__metadata__": {"config": "[1]"}}', b'{"__metadata__": 3}', b"[1]"],
)
def test_a_hostile_header_is_refused(tmp_path, header):
    path = tmp_path / "net.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(WeightsError, match=r"net\.safetensors: not a safetensors file"):
        read_header(path)


def test_a_file_with_another_ending_is_found_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(TENSORS, "net.pth.tar")
    assert set(Store().open("net.pth.tar").tensors) == set(TENSORS)


def test_a_cut_file_is_refused(saved):
    saved.write_bytes(saved.read_bytes()[:-4])
    with pytest.raises(WeightsError, match="damaged"):
        load_file(saved)


@pytest.mark.parametrize("found", [{}, {"epoch": 3}, [1, 2]])
def test_a_checkpoint_without_tensors_is_no_state_dict(tmp_path, found):
    torch.save(found, tmp_path / "net.pth")
    with pytest.raises(WeightsError, match="no state_dict"):
        load_file(tmp_path / "net.pth")


def test_a_plain_pickle_is_refused(tmp_path):
    (tmp_path / "net.pkl.pt").write_bytes(pickle.dumps({"a": Sly()}))
    with pytest.raises(WeightsError):
        load_file(tmp_path / "net.pkl.pt")


def test_a_saved_file_has_the_permissions_that_other_files_get(saved, tmp_path):
    (tmp_path / "other").touch()
    assert saved.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_failed_save_leaves_the_old_file_and_no_litter(saved):
    before = digest(saved)
    with pytest.raises(TypeError):
        save_file(saved, TENSORS, {"bad": object()}, {})
    assert digest(saved) == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def store(saved: Path, tmp_path: Path) -> Store:
    entries = {
        "shipped": Weights("shipped", path=saved),
        "far": Weights("far", url="https://example.org/far.safetensors", license="MIT"),
    }
    return Store(entries, home=tmp_path / "home")


def test_the_store_finds_by_name_and_by_path(saved, tmp_path):
    found = store(saved, tmp_path)
    assert found.locate("shipped") == saved
    assert found.locate(str(saved)) == saved
    assert found.header("shipped").config["depth"] == 7
    assert found.digest("shipped") == digest(saved)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("shiped", "did you mean 'shipped'"),
        ("zzzz", "known are far, shipped"),
        ("gone.safetensors", "no such weights file"),
        ("far", "translate weights fetch far.*MIT"),
    ],
)
def test_what_the_store_cannot_find_is_told_with_the_fix(saved, tmp_path, name, says):
    with pytest.raises(WeightsError, match=says) as caught:
        store(saved, tmp_path).locate(name)
    assert caught.value.exit_code == 3


def test_fetched_weights_are_found_in_the_home(saved, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "far.safetensors").write_bytes(saved.read_bytes())
    assert store(saved, tmp_path).locate("far").parent == home
