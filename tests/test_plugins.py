"""Plugins cannot break the tool."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from translate.errors import PluginError
from translate.plugins import GROUP, Registry, discover

SEPIA = '''
import translate

class Sepia(translate.Stage):
    """Tint a picture brown."""
    name = "sepia"
    strength: float = translate.Field(1.0, ge=0, le=1)

    def load(self, ctx):
        return lambda batch: batch

@translate.hookimpl
def register_stages():
    return [Sepia]
'''


def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> Registry:
    """Discover plugins written from source, each as an installed entry point would be."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, source in modules.items():
        (tmp_path / f"{name}.py").write_text(source)
        sys.modules.pop(name, None)
    return discover(found=[EntryPoint(name, name, GROUP) for name in modules])


def test_a_plugin_from_source_offers_its_stage(tmp_path, monkeypatch):
    registry = plug(tmp_path, monkeypatch, sepia_plugin=SEPIA)
    assert registry.stages["sepia"](strength=0.5).strength == 0.5
    (report,) = registry.reports
    assert (report.problem, report.offers["stages"]) == (None, ("sepia",))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
        (SEPIA.replace("register_stages", "register_stagse"), "did you mean 'register_stages'"),
        (SEPIA + "\ntranslate_api = 99", "plugin API 99"),
        (SEPIA.replace("return [Sepia]", "return [1 / 0]"), "ZeroDivisionError"),
        (SEPIA.replace("return [Sepia]", "return ['sepia']"), "is no Stage class"),
        (SEPIA.replace("def load", "def loda"), "leaves load undefined"),
        (SEPIA.replace('name = "sepia"', 'name = "se pia"'), "no usable name"),
        (SEPIA.replace("def register_stages()", "def register_stages(x)"), "Argument"),
        (SEPIA.replace("return [Sepia]", "raise SystemExit('bye')"), "register_stages: SystemExit"),
        (SEPIA.replace("return [Sepia]", "pass"), "register_stages: gives a NoneType, not a list"),
        (SEPIA.replace("return [Sepia]", "return Sepia"), "not a list"),
        ("class Odd(BaseException): ...\nraise Odd('x')", "Odd: x (a_broken.py, line 2)"),
        ("def f():\n    f()\nf()", "RecursionError"),
        ("import translate\ntranslate.Sepia", "'Sepia' (a_broken.py, line 2)"),
    ],
)
def test_a_broken_plugin_is_one_line_and_the_others_work(tmp_path, monkeypatch, source, says):
    good = SEPIA.replace('"sepia"', '"good"')
    registry = plug(tmp_path, monkeypatch, a_broken=source, b_good=good)
    assert set(registry.stages) == {"good"}
    broken = next(r for r in registry.reports if r.name == "a_broken")
    assert broken.problem is not None
    assert says in broken.problem
    assert "\n" not in broken.problem


def test_a_duplicate_stage_is_refused_and_the_first_stays(tmp_path, monkeypatch):
    registry = plug(tmp_path, monkeypatch, a_first=SEPIA, b_second=SEPIA)
    assert registry.stages["sepia"].__module__ == "a_first"
    assert "plugin 'a_first' already has that name" in str(registry.reports[1].problem)


def test_one_bad_offer_does_not_take_the_good_one_with_it(tmp_path, monkeypatch):
    source = SEPIA.replace("return [Sepia]", "return [Sepia, int]")
    registry = plug(tmp_path, monkeypatch, half=source)
    assert set(registry.stages) == {"sepia"}
    assert "is no Stage class" in str(registry.reports[0].problem)


def test_the_variable_limits_strangers_and_never_the_built_ins(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSLATE_PLUGINS", "")
    assert plug(tmp_path, monkeypatch, sepia_plugin=SEPIA).stages == {}
    assert {r.name for r in discover().reports if r.builtin} >= {"basic", "pix2pix"}
    monkeypatch.setenv("TRANSLATE_PLUGINS", "other, sepia_plugin")
    assert set(plug(tmp_path, monkeypatch, sepia_plugin=SEPIA).stages) == {"sepia"}


def test_what_a_plugin_prints_stays_off_stdout(tmp_path, monkeypatch, capsys):
    source = SEPIA.replace("return [Sepia]", "print('hook'); return [Sepia]")
    assert "sepia" in plug(tmp_path, monkeypatch, loud=f"print('hello')\n{source}").stages
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "hello\nhook\n")


@pytest.mark.parametrize(
    ("offer", "says"),
    [
        ("Generator('g', dict, print)", "config that is no translate.GeneratorConfig class"),
        ("Generator('g', translate.GeneratorConfig, 3)", "build that is no function"),
        ("Weights", "no translate.Generator"),
    ],
)
def test_a_generator_that_cannot_be_built_is_refused(tmp_path, monkeypatch, offer, says):
    source = f"""
import translate

@translate.hookimpl
def register_generators():
    return [translate.{offer}]
"""
    registry = plug(tmp_path, monkeypatch, net=source)
    assert (registry.generators, says in str(registry.reports[0].problem)) == ({}, True)


def test_of_several_broken_plugins_the_one_that_names_the_stage_is_blamed(tmp_path, monkeypatch):
    half = SEPIA.replace("def load", "def loda")
    registry = plug(tmp_path, monkeypatch, bad="1/0", half=half, worse="1/0")
    assert "plugin 'half' is broken: stage 'sepia' leaves load undefined" in registry.suspicion(
        "sepia"
    )
    assert "plugins 'bad', 'half', 'worse' are broken" in registry.suspicion("another")


def test_a_lone_file_is_a_plugin(tmp_path):
    file = tmp_path / "my_stage.py"
    file.write_text(SEPIA)
    assert "sepia" in discover([file], found=[]).stages


@pytest.mark.parametrize("source", [None, "1/0", "def ("])
def test_a_lone_file_that_was_asked_for_and_is_broken_is_an_error(tmp_path, source):
    file = tmp_path / "my_stage.py"
    if source is not None:
        file.write_text(source)
    with pytest.raises(PluginError, match=r"my_stage\.py: ") as caught:
        discover([file], found=[])
    assert caught.value.exit_code == 3


def test_a_broken_file_can_be_looked_at(tmp_path):
    file = tmp_path / "my_stage.py"
    file.write_text("1/0")
    (report,) = discover([file], found=[], strict=False).reports
    assert report.problem == "ZeroDivisionError: division by zero (my_stage.py, line 1)"


def test_an_unknown_stage_names_the_nearest_and_the_broken_plugin(tmp_path, monkeypatch):
    registry = plug(tmp_path, monkeypatch, sepia_plugin=SEPIA, bad="import missing_thing")
    with pytest.raises(PluginError, match=r"did you mean 'sepia'.*plugin 'bad' is broken"):
        registry.stage("sepai")


def test_every_built_in_folder_has_an_entry_point_and_loads(root):
    reports = {r.name: r for r in discover().reports if r.builtin}
    folders = {p.name.removeprefix("translate_") for p in (root / "plugins").glob("translate_*")}
    assert folders == set(reports)
    assert {n: r.problem for n, r in reports.items() if r.problem} == {}
