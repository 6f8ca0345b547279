"""The pipeline file: YAML, safe-loaded, with the line and column of everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from translate.errors import Location, PipelineError, did_you_mean
from translate.pipeline.model import OUTSIDE, Pipeline, Place, Step
from translate.pipeline.values import Loader, construct
from translate.stage import Slot

_KEYS = ("name", "description", "inputs", "steps")
_BESIDE = ("./", "../")


def read_yaml(text: str, source: str, folder: Path | None = None) -> Pipeline:
    """Return the pipeline that a YAML text describes.

    Args:
        text: the file's content.
        source: what messages call it.
        folder: what values that start with `./` or `../` are relative to.

    Raises:
        PipelineError: not YAML, or not a pipeline; with line and column.
    """
    return _Reader(source, folder).pipeline(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    source: str
    folder: Path | None

    def pipeline(self, text: str) -> Pipeline:
        root = self._compose(text)
        if root is None:
            raise PipelineError("is empty; it needs at least 'steps:'", Location(self.source, 1, 1))
        entries = self._entries(root, "a pipeline is a mapping with 'steps:'")
        for key, (node, _) in entries.items():
            if key not in _KEYS:
                known = f"; known are {', '.join(_KEYS)}"
                hint = did_you_mean(key, _KEYS) or known
                raise PipelineError(f"unknown key '{key}'{hint}", self._at(node))
        if "steps" not in entries:
            raise PipelineError("has no 'steps:'", self._at(root))
        return Pipeline(
            name=self._text(entries, "name") or Path(self.source).stem,
            steps=self._steps(entries["steps"][1]),
            description=self._text(entries, "description"),
            inputs=self._inputs(entries["inputs"][1]) if "inputs" in entries else None,
            source=self.source,
        )

    def _compose(self, text: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = Location(self.source, mark.line + 1, mark.column + 1) if mark else None
            raise PipelineError(
                f"not valid YAML: {error.problem or error.context}", where
            ) from None
        except yaml.YAMLError as error:
            reason = str(error).splitlines()[0]
            raise PipelineError(f"{self.source}: not a text file ({reason})") from None
        except RecursionError:
            raise PipelineError(f"{self.source}: nested too deeply for a pipeline") from None

    def _at(self, node: yaml.Node) -> Location:
        return Location(self.source, node.start_mark.line + 1, node.start_mark.column + 1)

    def _entries(self, node: yaml.Node, wanted: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return (key node, value node) by key; keys are words, each given once."""
        if not isinstance(node, yaml.MappingNode):
            raise PipelineError(wanted, self._at(node))
        entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise PipelineError("a key must be a word", self._at(key))
            if key.value in entries:
                raise PipelineError(f"'{key.value}' is given twice", self._at(key))
            entries[key.value] = key, value
        return entries

    def _text(self, entries: dict[str, tuple[yaml.Node, yaml.Node]], key: str) -> str:
        if key not in entries:
            return ""
        node = entries[key][1]
        if not isinstance(node, yaml.ScalarNode):
            raise PipelineError(f"'{key}' must be text", self._at(node))
        return " ".join(str(node.value).split())

    def _inputs(self, node: yaml.Node) -> tuple[Slot, ...]:
        wanted = f"'inputs' is a list of {', '.join(OUTSIDE)}"
        if not isinstance(node, yaml.SequenceNode):
            raise PipelineError(wanted, self._at(node))
        found: list[Slot] = []
        for entry in node.value:
            slot = next((s for s in OUTSIDE if s == entry.value), None)
            if slot is None:
                hint = did_you_mean(str(entry.value), OUTSIDE)
                message = f"no input '{entry.value}'{hint}" if hint else wanted
                raise PipelineError(message, self._at(entry))
            found.append(slot)
        return tuple(found)

    def _steps(self, node: yaml.Node) -> tuple[Step, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise PipelineError("'steps' is a list: '- stage: NAME' for each", self._at(node))
        if not node.value:
            raise PipelineError("'steps' is empty", self._at(node))
        return tuple(self._step(step) for step in node.value)

    def _step(self, node: yaml.Node) -> Step:
        if isinstance(node, yaml.ScalarNode) and node.value:
            return Step(node.value, {}, self._at(node))
        entries = self._entries(node, "a step is '- stage: NAME' with its parameters below")
        if "stage" not in entries:
            raise PipelineError("a step needs 'stage: NAME'", self._at(node))
        name = entries.pop("stage")[1]
        if not isinstance(name, yaml.ScalarNode) or not name.value:
            raise PipelineError("'stage' must be a stage's name", self._at(name))
        places: dict[str, Place] = {key: self._at(pair[0]) for key, pair in entries.items()}
        params = {key: self._value(pair[1]) for key, pair in entries.items()}
        return Step(name.value, params, self._at(name), places)

    def _value(self, node: yaml.Node) -> Any:
        try:
            value = construct(node)
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
            reason = getattr(error, "problem", None) or error
            raise PipelineError(f"not plain data: {reason}", self._at(node)) from None
        if self.folder is not None and isinstance(value, str) and value.startswith(_BESIDE):
            return str(self.folder / value)
        return value
