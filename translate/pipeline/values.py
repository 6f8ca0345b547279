"""What written values mean: YAML 1.2's core schema, so `off` is a word and `1e-4` a number."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml

_CORE = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?[0-9]+[eE][-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
)


class Loader(yaml.SafeLoader):
    """Composes and constructs plain data, without aliases and dates."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}  # type: ignore[misc]

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases: a pipeline is a list to be read from top to bottom."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "aliases are not part of the format", mark)
        return super().compose_node(parent, index)


for _tag, _pattern, _first in _CORE:
    Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )


def construct(node: yaml.Node) -> Any:
    """Return the plain data of a node.

    Raises:
        yaml.YAMLError: a tag that is not plain data.
        ValueError: a number that cannot be one, such as one of ten thousand digits.
    """
    return Loader("").construct_document(node)


def parse_value(text: str) -> Any:
    """Return what a parameter's text means: a number, true, null, [list], {mapping} or the text.

    Raises:
        ValueError: a list or mapping that is not well formed.
    """
    if text[:1] in ("[", "{"):
        try:
            return yaml.load(text, Loader)
        except (yaml.YAMLError, RecursionError) as error:
            raise ValueError(f"'{text}' is not a well-formed list or mapping") from error
    # A scalar by itself: "a: b" and "red # 1" stay the texts that they are.
    tag = Loader("").resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return construct(yaml.ScalarNode(tag, text))
