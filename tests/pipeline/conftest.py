"""Stages that declare one thing each, and where pipelines of them find what they need."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, field_validator

from translate import Context, Contract, Stage, Store, Weights
from translate.errors import UsageError
from translate.plugins import Registry
from translate.stage import Run


class Enlarge(Stage):
    """Enlarge."""

    name = "enlarge"
    factor: int = Field(2, ge=1, le=8)
    mode: Literal["off", "soft"] = "soft"
    size: tuple[int, int] | None = None
    blend: float | Literal["auto"] = 1.0
    note: str = ""

    @field_validator("note")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(value) > 5:
            raise ValueError("must be short")
        return value

    def contract(self, store: Store) -> Contract:
        return Contract(halo=2)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        return height * self.factor, width * self.factor

    def load(self, ctx: Context) -> Run:
        return lambda batch: batch


class Gray(Enlarge):
    """Take the colour away."""

    name = "gray"

    def contract(self, store: Store) -> Contract:
        return Contract(channels_out=1)


class Rgb(Enlarge):
    """Three channels."""

    name = "rgb"

    def contract(self, store: Store) -> Contract:
        return Contract(channels_out=3)


class Tint(Enlarge):
    """Takes colour, and gray where it has been repeated."""

    name = "tint"

    def contract(self, store: Store) -> Contract:
        return Contract(channels=(3,))


class Develop(Enlarge):
    """Takes gray only."""

    name = "develop"

    def contract(self, store: Store) -> Contract:
        return Contract(channels=(1,))


class Fill(Enlarge):
    """Needs a mask."""

    name = "fill"
    weights: str = "big"

    def contract(self, store: Store) -> Contract:
        return Contract(needs=("image", "mask"), weights=(self.weights,))


class Mask(Enlarge):
    """Gives a mask."""

    name = "mask"

    def contract(self, store: Store) -> Contract:
        return Contract(gives=("image", "mask"))


class Blend(Enlarge):
    """Needs the kept picture."""

    name = "blend"

    def contract(self, store: Store) -> Contract:
        return Contract(needs=("image", "kept"))


class Cut(Enlarge):
    """Cannot take small pictures."""

    name = "cut"

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        if min(height, width) < 100:
            raise UsageError("the picture must have 100 px a side")
        return 100, 100


KINDS = (Enlarge, Gray, Rgb, Tint, Develop, Fill, Mask, Blend, Cut)


@pytest.fixture
def registry() -> Registry:
    return Registry(stages={kind.name: kind for kind in KINDS})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    big = tmp_path / "big.safetensors"
    big.write_bytes(b"")
    return Store({"big": Weights("big", big)}, home=tmp_path)
