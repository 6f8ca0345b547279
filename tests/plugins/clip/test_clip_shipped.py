"""What ships is there, small, and what stages take by default."""

from __future__ import annotations

from pathlib import Path

import pytest

import translate_clip
from translate import Store
from translate.plugins import discover
from translate_clip.shipped import SHIPPED


def test_weights_that_are_registered_are_there_and_small() -> None:
    found = {entry.name: entry.path for entry in translate_clip.register_weights()}
    assert set(found) == set(SHIPPED)
    for path in found.values():
        assert path is not None
        assert 0 < path.stat().st_size <= 16_000_000


@pytest.mark.parametrize(
    ("stage", "parameter", "name"),
    [
        ("clip-guide", "clip", "clip"),
        ("clip-guide", "weights", "autoencoder"),
        ("reconstruct", "weights", "autoencoder"),
        ("interpolate", "weights", "autoencoder"),
        ("latent-arithmetic", "weights", "autoencoder"),
        ("sample", "weights", "gan"),
        ("style-mix", "weights", "gan"),
    ],
)
def test_stages_take_what_ships_and_else_ask(stage: str, parameter: str, name: str) -> None:
    (kind,) = [kind for kind in translate_clip.register_stages() if kind.name == stage]
    field = kind.model_fields[parameter]
    assert field.is_required() == (name not in SHIPPED)
    assert field.is_required() or field.default == name


def test_a_folder_of_a_training_hides_no_weights_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gan").mkdir()
    monkeypatch.chdir(tmp_path)
    registry = discover(())
    contract = registry.stages["sample"]().contract(Store(registry.weights))
    assert contract.weights == ("gan",)
