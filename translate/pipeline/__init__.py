"""Pipelines: lists of steps, read from a YAML file, a shipped name or an inline chain."""

from translate.pipeline.build import build
from translate.pipeline.chain import read_chain
from translate.pipeline.check import Examined, check, examine
from translate.pipeline.model import Pipeline, Place, Problem, Step
from translate.pipeline.override import override
from translate.pipeline.read import read, shipped
from translate.pipeline.schema import schema
from translate.pipeline.yamlfile import read_yaml

__all__ = [
    "Examined",
    "Pipeline",
    "Place",
    "Problem",
    "Step",
    "build",
    "check",
    "examine",
    "override",
    "read",
    "read_chain",
    "read_yaml",
    "schema",
    "shipped",
]
