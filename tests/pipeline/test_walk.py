"""Slots, channels and weights, folded over what stages declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from translate import Context, Contract, Stage, Store, Weights
from translate.errors import WeightsError
from translate.pipeline import check, examine, read_chain, read_yaml
from translate.plugins import Registry
from translate.stage import Run


def test_a_slot_that_nobody_gives(registry: Registry, store: Store) -> None:
    plain = "inputs: [image]\nsteps: [fill]"
    (problem,) = check(read_yaml(plain, "f.yaml"), registry, store)
    assert str(problem).startswith("f.yaml:2:9: fill: needs a mask: add 'mask' to inputs, or put")
    assert not check(read_yaml(plain.replace("image", "image, mask"), "f"), registry, store)
    assert not check(read_yaml(plain.replace("[fill", "[mask, fill"), "f"), registry, store)


def test_slots_that_the_command_line_must_give(registry: Registry, store: Store) -> None:
    chain = read_chain("fill")
    assert not check(chain, registry, store)
    (problem,) = check(chain, registry, store, given=["image"])
    assert "fill: needs a mask: give --mask" in str(problem)
    assert not check(chain, registry, store, given=("image", "mask"))


def test_a_slot_that_only_a_step_can_give(registry: Registry, store: Store) -> None:
    (problem,) = check(read_chain("blend"), registry, store)
    assert "blend: needs a kept picture, and no step before it makes one" in str(problem)


def test_needs_are_folded(registry: Registry, store: Store) -> None:
    def needs(text: str) -> tuple[str, ...]:
        chain = read_chain(text)
        return examine(chain, registry, store).needs

    assert needs("gray") == ("image",)
    assert needs("fill") == ("image", "mask")
    assert needs("mask | fill") == ("image",)


@pytest.mark.parametrize("chain", ["gray | develop", "develop", "gray | tint", "rgb | tint"])
def test_channels_that_fit(chain: str, registry: Registry, store: Store) -> None:
    assert not check(read_chain(chain), registry, store)


def test_channels_that_do_not_fit(registry: Registry, store: Store) -> None:
    (problem,) = check(read_chain("rgb | develop"), registry, store)
    assert "develop: takes gray pictures only" in str(problem)
    assert "put 'gray' before it" in str(problem)


def test_missing_weights_end_with_3(registry: Registry) -> None:
    (problem,) = check(read_chain("fill weights=bigg"), registry, Store({"big": Weights("big")}))
    assert str(problem).startswith("chain:1:6: fill: no weights 'bigg', did you mean 'big'?")
    assert problem.exit_code == 3


def test_weights_that_can_be_fetched_are_a_problem_offline_only(
    registry: Registry, tmp_path: Path
) -> None:
    entry = Weights("big", url="https://example.org/big.safetensors", sha256="0" * 64)
    chain = read_chain("fill")
    online = Store({"big": entry}, home=tmp_path)
    assert not check(chain, registry, online)
    assert examine(chain, registry, online).to_fetch == (entry,)
    offline = Store({"big": entry}, offline=True, home=tmp_path)
    (problem,) = check(chain, registry, offline)
    assert "translate weights fetch big" in str(problem)
    online.fetched(entry).write_bytes(b"")
    assert examine(chain, registry, online).to_fetch == ()


def test_weights_error_of_a_contract_is_a_problem(registry: Registry, store: Store) -> None:
    class Picky(Stage):
        name = "picky"

        def contract(self, store: Store) -> Contract:
            raise WeightsError("w.safetensors: of another layout")

        def load(self, ctx: Context) -> Run:
            return lambda batch: batch

    known = Registry(stages={**registry.stages, "picky": Picky})
    (problem,) = check(read_chain("picky | rgb"), known, store)
    assert str(problem) == "chain:1:1: picky: w.safetensors: of another layout"
    assert problem.exit_code == 3
