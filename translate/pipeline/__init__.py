"""Pipelines: lists of steps, read from a YAML file, a shipped name or an inline chain."""

from translate.pipeline.build import build, missing_weights, problems_of_steps
from translate.pipeline.chain import read_chain
from translate.pipeline.check import Fold, check, fold
from translate.pipeline.model import OUTSIDE, Pipeline, Place, Problem, Step
from translate.pipeline.override import override
from translate.pipeline.read import read, shipped
from translate.pipeline.schema import schema
from translate.pipeline.yamlfile import read_yaml

__all__ = [
    "OUTSIDE",
    "Fold",
    "Pipeline",
    "Place",
    "Problem",
    "Step",
    "build",
    "check",
    "fold",
    "missing_weights",
    "override",
    "problems_of_steps",
    "read",
    "read_chain",
    "read_yaml",
    "schema",
    "shipped",
]
