"""A plugin can be written from docs/plugins.md alone."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest
import torch
import typer

from translate import Batch, Context, Contract, Generator, Store, hookspecs
from translate.plugins import discover
from translate.testing import conform


@pytest.fixture
def page(root) -> str:
    return (root / "docs" / "plugins.md").read_text()


@pytest.fixture
def blocks(page) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)


def test_every_hook_has_a_heading_with_its_arguments(page):
    hooks = {n: f for n, f in vars(hookspecs).items() if n.startswith("register_")}
    assert len(hooks) == 5
    for name, function in hooks.items():
        arguments = ", ".join(inspect.signature(function).parameters)
        assert f"### {name}({arguments})\n" in page


def test_every_field_of_a_contract_has_a_row(page):
    for field in dataclasses.fields(Contract):
        assert re.search(rf"^\| `{field.name}` \|", page, flags=re.MULTILINE), field.name


def test_every_field_of_a_context_has_a_row(page):
    names = [field.name for field in dataclasses.fields(Context) if field.name != "store"]
    for name in (*names, "open(name)"):
        assert re.search(rf"^\| `{re.escape(name)}` \|", page, flags=re.MULTILINE), name


def test_every_argument_of_a_generator_is_told(page):
    for field in dataclasses.fields(Generator)[1:]:
        assert re.search(rf"`[^`]*\b{field.name}\b", page), field.name


def test_the_command_on_the_page_is_added(blocks, tmp_path, capsys):
    file = tmp_path / "greeter.py"
    file.write_text(next(b for b in blocks if "register_commands" in b))
    app = typer.Typer()
    (add,) = discover([file], found=[]).commands
    add(app)
    app(["you"], standalone_mode=False)
    assert capsys.readouterr().out == "hello you\n"


def test_the_whole_plugin_on_the_page_runs(blocks, tmp_path):
    file = tmp_path / "my_stage.py"
    file.write_text(blocks[0])
    stage = discover([file], found=[]).stages["sepia"](strength=1.0)
    run = stage.load(Context(torch.device("cpu"), torch.float32, Store()))
    out = run(Batch(torch.full((1, 3, 4, 4), 0.5), ("a",), (0,))).image
    red, _, blue = out[0, :, 0, 0].tolist()
    assert red > blue


def test_the_kit_of_the_page_passes_the_plugins_of_page_and_readme(blocks, root, tmp_path):
    readme = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(), flags=re.DOTALL)
    for number, source in enumerate((blocks[0], readme[0])):
        file = tmp_path / f"sepia_{number}.py"
        file.write_text(source)
        conform(discover([file], found=[]).stages["sepia"](strength=0.6))


def test_the_generator_on_the_page_builds(blocks, tmp_path):
    file = tmp_path / "two_convs.py"
    file.write_text(next(b for b in blocks if "two-convs" in b))
    generator = discover([file], found=[]).generators["two-convs"]
    net = generator.build(generator.config(width=4))
    assert net(torch.zeros(1, 3, 5, 7)).shape == (1, 3, 5, 7)
