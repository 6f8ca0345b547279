"""`translate schema`: the JSON schema of pipeline files."""

from __future__ import annotations

from translate.cli.options import PluginFiles, registry_of
from translate.cli.text import print_json

EXAMPLES = """
translate schema > pipeline.schema.json
# then begin a pipeline with: # yaml-language-server: $schema=pipeline.schema.json
"""


def command(plugin: PluginFiles = None) -> None:
    """Print the JSON schema of pipeline files, for editors. It has every installed stage."""
    from translate import pipeline

    print_json(pipeline.schema(registry_of(plugin)))
