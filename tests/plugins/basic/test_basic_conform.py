"""Every stage of the plugin keeps the promises, in more than one setting."""

from __future__ import annotations

from typing import Any

import pytest

import translate_basic
from translate.testing import conform

STAGES = {stage.name: stage for stage in translate_basic.register_stages()}

REQUIRED: dict[str, dict[str, Any]] = {
    "resize": {"width": 30},
    "crop": {"width": 30, "height": 80},
}
"""Parameters of stages that have no default for them."""

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("resize", {"scale": 0.37, "filter": "bilinear"}),
    ("resize", {"mode": "fill", "width": 50, "height": 20}),
    ("resize", {"mode": "exact", "width": 5, "height": 70, "filter": "nearest"}),
    ("resize", {"multiple_of": 8}),
    ("upscale-bicubic", {"factor": 3}),
    ("pad", {"all": 20, "mode": "reflect"}),
    ("pad", {"left": 3, "square": True, "mark": True, "multiple_of": 4}),
    ("rotate", {"angle": 30}),
    ("rotate", {"angle": 45, "expand": False}),
    ("flip", {"direction": "both"}),
    ("auto-levels", {"per_channel": True, "clip": 0}),
    ("equalize", {"per_channel": True, "amount": 0.5}),
    ("threshold", {"soft": 0.2}),
    ("blur", {"kind": "box", "radius": 2.5}),
    ("blur", {"kind": "motion", "angle": 30}),
    ("blur", {"radius": 9.3}),
    ("blur", {"radius": 0}),
    ("denoise", {"kind": "median"}),
    ("denoise", {"kind": "guided", "radius": 3}),
    ("edges", {"method": "sobel"}),
    ("edges", {"method": "sobel", "sigma": 0, "ink": "white"}),
    ("jpeg-artifacts", {"quality": 90, "subsampling": "4:4:4"}),
    ("noise", {"shot": 0.2, "monochrome": True}),
    ("blend", {"other": "reference", "mode": "soft-light"}),
    ("blend", {"masked": True}),
    ("mask-scratches", {"kind": "both", "width": 2, "length": 7}),
    ("mask-grow", {"pixels": -3, "feather": 1.5}),
]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_conforms(name: str) -> None:
    conform(STAGES[name](**REQUIRED.get(name, {})))


@pytest.mark.parametrize(("name", "parameters"), SETTINGS)
def test_a_stage_conforms_in_other_settings(name: str, parameters: dict[str, Any]) -> None:
    conform(STAGES[name](**parameters))
