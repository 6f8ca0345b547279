"""`translate stages [NAME]`: what a pipeline can be made of."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translate.cli.options import Json, PluginFiles, complete_stage, registry_of, store_of
from translate.cli.text import print_json, print_table

if TYPE_CHECKING:
    from translate.plugins import Registry
    from translate.stage import Contract, Stage

EXAMPLES = """
translate stages
translate stages resize
translate stages --json | jq -r '.[].name'
"""


def command(
    name: Annotated[
        str | None, typer.Argument(help="Show this one wholly.", autocompletion=complete_stage)
    ] = None,
    plugin: PluginFiles = None,
    json: Json = False,
) -> None:
    """List the stages, or show one with its parameters."""
    from translate.cli.describe import plugin_of, summary

    registry = registry_of(plugin)
    if name is not None:
        facts = _facts(_stage(name, registry), registry)
        print_json(facts) if json else _show(facts)
    elif json:
        print_json([_facts(registry.stages[key], registry) for key in sorted(registry.stages)])
    else:
        print_table([
            (key, plugin_of(key, registry), summary(registry.stages[key]))
            for key in sorted(registry.stages)
        ])  # fmt: skip


def _stage(name: str, registry: Registry) -> type[Stage]:
    """Return the stage of that name; a mistyped one is wrong usage unless a plugin is broken."""
    from translate.errors import PluginError, UsageError

    try:
        return registry.stage(name)
    except PluginError as error:
        if registry.suspicion(name):
            raise
        raise UsageError(str(error)) from None


def _facts(kind: type[Stage], registry: Registry) -> dict[str, Any]:
    from translate.cli.describe import contract_of, parameters, plugin_of

    contract = contract_of(kind, store_of(registry))
    return {
        "name": kind.name,
        "plugin": plugin_of(kind.name, registry),
        "help": inspect.cleandoc(kind.__doc__ or ""),
        "parameters": [asdict(parameter) for parameter in parameters(kind)],
        "contract": asdict(contract) if contract else None,
        "contract_in_words": _in_words(contract) if contract else [],
    }


def _in_words(contract: Contract) -> list[str]:
    kind = "any picture"
    if len(contract.channels) == 1:
        kind = "gray pictures" if contract.channels[0] == 1 else "colour pictures"
    words = [f"takes {kind}" + "".join(f" and a {s}" for s in contract.needs if s != "image")]
    given = [slot for slot in contract.gives if slot != "image"]
    if given:
        words.append(f"gives {', '.join(given)}")
    if contract.channels_out is not None:
        words.append("comes out gray" if contract.channels_out == 1 else "comes out in colour")
    words.append(
        "works on the whole picture" if contract.halo is None
        else f"can be cut into tiles, with a margin of {contract.halo} px"
    )  # fmt: skip
    if contract.weights:
        words.append(f"opens the weights {', '.join(contract.weights)}")
    return words


def _show(facts: dict[str, Any]) -> None:
    print(f"{facts['name']}  (plugin {facts['plugin'] or 'unknown'})\n\n{facts['help']}\n")
    rows = [
        (f"  {p['name']}", p["type"], p["default"] or "must be given", p["description"])
        for p in facts["parameters"]
    ]
    print_table([("  parameter", "type", "default", ""), *rows] if rows else [("no parameters",)])
    for words in facts["contract_in_words"]:
        print(f"\n{words}" if words is facts["contract_in_words"][0] else words)
