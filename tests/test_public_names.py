"""The names that plugin authors lean on."""

from __future__ import annotations

import subprocess
import sys

import translate


def test_all_is_sorted_and_true():
    assert list(translate.__all__) == sorted(translate.__all__)
    assert all(hasattr(translate, name) for name in translate.__all__)


def test_the_inventory_changes_only_on_purpose():
    assert set(translate.__all__) == {
        "Batch", "Checkpoint", "Context", "Contract", "Defaults", "Field", "Generator",
        "GeneratorConfig", "InputError", "Recipe", "Stage", "Store", "TrainContext", "Training",
        "TranslateError", "UsageError", "Weights", "WeightsError", "hookimpl",
    }  # fmt: skip


def test_importing_the_package_and_every_plugin_is_light():
    code = (
        "import sys; from translate.plugins import discover; discover();"
        "heavy = {'torch', 'torchvision', 'kornia', 'lightning_fabric', 'cv2'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
