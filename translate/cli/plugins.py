"""`translate plugins`: what is loaded, what it offers, and what is broken."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from translate.cli.options import Json, PluginFiles, registry_of
from translate.cli.text import print_json, print_table

if TYPE_CHECKING:
    from translate.plugins import Report

EXAMPLES = """
translate plugins
translate plugins --plugin ./my_stage.py
translate plugins --json | jq '.[] | select(.problem)'
"""


def command(plugin: PluginFiles = None, json: Json = False) -> None:
    """List plugins, what they offer, and what is broken."""
    reports = registry_of(plugin, strict=False).reports
    if json:
        print_json([asdict(report) for report in reports])
        return
    print_table([row for report in reports for row in _rows(report)])


def _rows(report: Report) -> list[tuple[str, str, str, str]]:
    state = "broken" if report.problem else "ok"
    rows = [(report.name, state, f"{report.seconds * 1000:.0f} ms", report.source)]
    if report.problem:
        rows.append(("", "", "", f"problem: {report.problem}"))
    rows += [
        ("", "", "", f"{kind}: {', '.join(names)}")
        for kind, names in report.offers.items()
        if names
    ]
    if "register_commands" in report.hooks:
        rows.append(("", "", "", "commands"))
    return rows
