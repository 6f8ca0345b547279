"""Reading, checking and overriding pipelines, through the public door."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator

from translate import Context, Contract, Stage, Store, Weights
from translate.errors import PipelineError, PluginError, UsageError, WeightsError
from translate.pipeline import (
    Problem,
    build,
    check,
    examine,
    override,
    read,
    read_chain,
    read_yaml,
    shipped,
)
from translate.plugins import Registry, Report
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


def texts(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


# --- the inline chain


def test_chain_has_stages_parameters_and_columns() -> None:
    found = read_chain("gray | enlarge factor=3 size=[1, 2] note='a | b'")
    assert [step.stage for step in found.steps] == ["gray", "enlarge"]
    assert found.steps[1].params == {"factor": 3, "size": [1, 2], "note": "a | b"}
    assert str(found.steps[1].where) == "chain:1:8"
    assert str(found.steps[1].place_of("factor")) == "chain:1:16"
    assert found.name == "gray | enlarge"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2", 2), ("-1", -1), ("0x10", 16), ("1e-4", 1e-4), ("1.5", 1.5), (".5", 0.5),
        ("true", True), ("null", None), ("off", "off"), ("no", "no"), ("010", "010"),
        ("2024-01-02", "2024-01-02"), ("1:30", "1:30"), ("'2'", "2"), ('"a b"', "a b"),
        ("a\\ b", "a b"), ("a:b", "a:b"), ("{a: 1}", {"a": 1}), ("[a,  1]", ["a", 1]),
        ("x=y", "x=y"), ("", None), ('"say \\"hi\\""', 'say "hi"'), ("#fff", "#fff"),
    ],
)  # fmt: skip
def test_values_of_a_chain_follow_the_core_schema(written: str, value: object) -> None:
    assert read_chain(f"enlarge k={written}").steps[0].params == {"k": value}


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ("", "the pipeline is empty"),
        ("gray |", "chain:1:7: a step is empty"),
        ("| gray", "chain:1:1: a step is empty"),
        ("gray 'x", "chain:1:6: a quote is opened and not closed"),
        ("gray k=[1", "chain:1:8: a bracket is opened and not closed"),
        ("gray enlarge", "chain:1:6: 'enlarge' is no parameter"),
        ("gray k=1 k=2", "chain:1:10: 'k' is given twice"),
        ("k=1 gray", "chain:1:1: a step begins with a stage's name"),
        ("gray k={a", "chain:1:8: a bracket"),
        ("gray k=[!!python/name:os.system ]", "chain:1:6: '[!!python/name:os.system ]'"),
    ],
)
def test_chain_errors_tell_the_column(chain: str, message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        read_chain(chain)
    assert str(caught.value).startswith(message)


@given(st.text(max_size=40))
def test_any_chain_is_read_or_refused_in_one_line(text: str) -> None:
    message = ""
    try:
        read_chain(text)
    except PipelineError as error:
        message = str(error)
    assert "\n" not in message.replace(text, "")


# --- the file


FILE = """\
name: old-photo
description: Repair and enlarge.
inputs: [image, mask]
steps:
  - gray
  - stage: enlarge
    mode: off
    factor: 4
"""


def test_file_is_read_with_places() -> None:
    found = read_yaml(FILE, "old.yaml")
    assert (found.name, found.description) == ("old-photo", "Repair and enlarge.")
    assert found.inputs == ("image", "mask")
    assert found.steps[1].params == {"mode": "off", "factor": 4}
    assert str(found.steps[1].where) == "old.yaml:6:12"
    assert str(found.steps[1].place_of("factor")) == "old.yaml:8:5"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml:1:1: is empty"),
        ("gray", "f.yaml:1:1: a pipeline is a mapping"),
        ("name: x", "f.yaml:1:1: has no 'steps:'"),
        ("stpes: [gray]", "f.yaml:1:1: unknown key 'stpes', did you mean 'steps'?"),
        ("steps: gray", "f.yaml:1:8: 'steps' is a list"),
        ("steps: []", "f.yaml:1:8: 'steps' is empty"),
        ("steps: [{factor: 2}]", "f.yaml:1:9: a step needs 'stage: NAME'"),
        ("steps: [{stage: [a]}]", "f.yaml:1:17: 'stage' must be"),
        ("steps: [[gray]]", "f.yaml:1:9: a step is"),
        ("steps: [gray]\nsteps: [gray]", "f.yaml:2:1: 'steps' is given twice"),
        ("inputs: [maks]\nsteps: [gray]", "f.yaml:1:10: no input 'maks', did you mean 'mask'?"),
        ("inputs: image\nsteps: [gray]", "f.yaml:1:9: 'inputs' is a list of image, mask"),
        ("name: [a]\nsteps: [gray]", "f.yaml:1:7: 'name' must be text"),
        ("{[a]: 1}", "f.yaml:1:2: a key must be a word"),
        ("steps:\n  - stage: a\n    k: [1", "f.yaml:3:10: not valid YAML"),
        ("steps: [&a gray, *a]", "f.yaml:1:18: not valid YAML: aliases"),
        ("steps: [{stage: a, k: !!python/object/apply:os.system [id]}]", "f.yaml:1:23: not plain"),
        ("steps: [{stage: a, k: " + "9" * 5000 + "}]", "f.yaml:1:23: not plain data"),
        ("---\nsteps: [a]\n---\nsteps: [b]", "f.yaml:3:1: not valid YAML"),
        ("a\x00b", "f.yaml: not a text file"),
        ("[" * 4000, "f.yaml: nested too deeply"),
    ],
)
def test_file_errors_tell_line_and_column(text: str, message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        read_yaml(text, "f.yaml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_paths_beside_the_file_are_found_from_anywhere(tmp_path: Path, registry: Registry) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("steps: [{stage: fill, weights: ./w.safetensors, note: a}]")
    assert read(str(file), registry).steps[0].params == {
        "weights": str(tmp_path / "w.safetensors"),
        "note": "a",
    }


# --- from the command line's word


def test_a_word_is_a_file_a_shipped_name_a_stage_or_nothing(
    tmp_path: Path, registry: Registry
) -> None:
    assert read("gray", registry).steps[0].stage == "gray"
    with pytest.raises(PipelineError, match=r"no pipeline or stage 'enlrge', did you mean 'enlarg"):
        read("enlrge", registry)
    with pytest.raises(PipelineError, match=r"missing\.yaml: cannot be read"):
        read("missing.yaml", registry)
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PipelineError, match="not a text file"):
        read(str(tmp_path / "a.yaml"), registry)
    picture = tmp_path / "a.png"
    picture.write_bytes(b"x")
    with pytest.raises(PipelineError, match=r"a pipeline file must end in \.yaml"):
        read(str(picture), registry)


def test_shipped_pipelines_are_read_by_name(registry: Registry) -> None:
    for name in shipped():
        assert read(name, registry).steps


def test_a_broken_plugin_is_named_where_it_may_be_the_reason() -> None:
    reports = (Report("fancy", "fancy 1.0", problem="ImportError: no module named 'x'"),)
    broken = Registry(stages={"gray": Gray}, reports=reports)
    with pytest.raises(PluginError, match="plugin 'fancy' is broken: ImportError"):
        read("fancystage", broken)
    (problem,) = check(read_chain("gray | fancystage"), broken, Store())
    assert "plugin 'fancy' is broken" in str(problem)
    assert problem.exit_code == 3


# --- checking


def test_every_problem_of_a_pipeline_is_told_at_once(registry: Registry, store: Store) -> None:
    chain = "enlarge factor=9 | gry | enlarge fctor=2 mode=of size=[1] blend=x note=toolong | rgb"
    found = texts(check(read_chain(chain), registry, store))
    assert found == [
        "chain:1:9: enlarge: factor must be at most 8, not 9",
        "chain:1:20: no stage 'gry', did you mean 'gray'?",
        "chain:1:34: enlarge: no parameter 'fctor', did you mean 'factor'?",
        "chain:1:42: enlarge: mode must be 'off' or 'soft', not 'of'",
        "chain:1:50: enlarge: size must have more entries",
        "chain:1:59: enlarge: blend must be a number or must be 'auto', not 'x'",
        "chain:1:67: enlarge: note must be short",
    ]


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("factor=2.5", "factor must be a whole number, not 2.5"),
        ("factor=many", "factor must be a whole number, not 'many'"),
        ("factor=null", "factor must be a whole number, not nothing"),
        ("factor=0", "factor must be at least 1, not 0"),
        ("blend=.inf", "blend must be a finite number or must be 'auto', not inf"),
        ("size=3", "size must be a list, such as [640, 480], not 3"),
        ("size=[1,2,3]", "size must have at most 2 entries, not [1, 2, 3]"),
        ("note=3", "note must be text (in quotes), not 3"),
        ("note=true", "note must be text (in quotes), not true"),
        ("zzz=1", "no parameter 'zzz'; it takes factor, mode, size, blend, note"),
    ],
)
def test_ranges_and_types_are_told_in_words(
    parameter: str, words: str, registry: Registry, store: Store
) -> None:
    (problem,) = check(read_chain(f"enlarge {parameter}"), registry, store)
    assert str(problem) == f"chain:1:9: enlarge: {words}"


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


def test_sizes_are_tried(registry: Registry, store: Store) -> None:
    chain = read_chain("enlarge | cut")
    assert not check(chain, registry, store, size=(50, 60))
    (problem,) = check(chain, registry, store, size=(40, 60))
    assert str(problem).startswith("chain:1:11: cut: 120x80 px do not fit: the picture must have")


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


def test_build_raises_the_first_problem_and_counts_the_others(registry: Registry) -> None:
    assert build(read_chain("enlarge factor=3"), registry) == (Enlarge(factor=3),)
    with pytest.raises(PipelineError, match=r"no stage 'a'.* \(and 1 more problems\)"):
        build(read_chain("a | b"), registry)


# --- --set


def test_override_by_name_number_and_count(registry: Registry) -> None:
    chain = read_chain("gray | enlarge | enlarge")
    found = override(chain, ["gray.factor=1", "enlarge#2.factor=3", "2.mode=off", "gray.note=a=b"])
    assert [dict(step.params) for step in found.steps] == [
        {"factor": 1, "note": "a=b"},
        {"mode": "off"},
        {"factor": 3},
    ]
    assert chain.steps[0].params == {}
    assert build(found, registry)[2] == Enlarge(factor=3)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("factor=2", "write step.param=value"),
        ("enlarge.factor", "write step.param=value"),
        (".factor=2", "write step.param=value"),
        ("enlrge.factor=2", "no step 'enlrge', did you mean 'enlarge'?"),
        ("enlarge.factor=2", "'enlarge' occurs 2 times; write enlarge#1"),
        ("enlarge#3.factor=2", "there is no #3"),
        ("4.factor=2", "there is no step 4; the pipeline has 3"),
        ("0.factor=2", "there is no step 0"),
        ("gray.size=[1", "is not a well-formed list"),
    ],
)
def test_override_errors_name_the_option(setting: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        override(read_chain("gray | enlarge | enlarge"), [setting])
    assert str(caught.value).startswith(f"--set {setting}: ")
    assert message in str(caught.value)


def test_a_wrong_override_is_told_by_its_option(registry: Registry, store: Store) -> None:
    found = override(read_chain("enlarge"), ["enlarge.factor=9"])
    (problem,) = check(found, registry, store)
    assert str(problem) == "--set enlarge.factor=9: enlarge: factor must be at most 8, not 9"


def test_weights_error_of_a_contract_is_a_problem(registry: Registry, store: Store) -> None:
    class Picky(Enlarge):
        name = "picky"

        def contract(self, store: Store) -> Contract:
            raise WeightsError("w.safetensors: of another layout")

    (problem,) = check(
        read_chain("picky | rgb"), Registry(stages={"picky": Picky, "rgb": Rgb}), store
    )
    assert str(problem) == "chain:1:1: picky: w.safetensors: of another layout"
    assert problem.exit_code == 3
