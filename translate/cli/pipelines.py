"""`translate pipelines [NAME]`: the pipelines that come with translate."""

from __future__ import annotations

from typing import Annotated

import typer

from translate.cli.options import Json, complete_shipped
from translate.cli.text import print_json, print_table

EXAMPLES = """
translate pipelines
translate pipelines icon-3d > mine.yaml    # a copy to change
translate pipelines --json
"""


def command(
    name: Annotated[
        str | None, typer.Argument(help="Print this one.", autocompletion=complete_shipped)
    ] = None,
    json: Json = False,
) -> None:
    """List the shipped pipelines, or print one as YAML."""
    from translate.errors import UsageError, did_you_mean
    from translate.pipeline import read_yaml, shipped

    files = shipped()
    if name is not None and name not in files:
        raise UsageError(f"no pipeline '{name}'{did_you_mean(name, files)}")
    if name is not None and not json:
        print(files[name].read_text("utf-8"), end="")
        return
    chosen = files if name is None else {name: files[name]}
    found = {stem: read_yaml(path.read_text("utf-8"), path.name) for stem, path in chosen.items()}
    if json:
        rows = [
            {"name": stem, "description": p.description, "inputs": p.inputs, "file": files[stem],
             "steps": [{"stage": s.stage, **s.params} for s in p.steps]}
            for stem, p in found.items()
        ]  # fmt: skip
        print_json(rows if name is None else rows[0])
        return
    print_table([(stem, p.description) for stem, p in found.items()])
