from __future__ import annotations

import subprocess
import sys

import pytest

import translate.images
from translate.images import FORMATS, TRAITS, extension_for


def test_every_extension_names_a_format() -> None:
    assert set(FORMATS.values()) == set(TRAITS)
    assert FORMATS[".jpg"] == FORMATS[".jpeg"] == "JPEG"
    assert all(key == key.lower() and key.startswith(".") for key in FORMATS)


@pytest.mark.parametrize("name", TRAITS)
def test_new_files_get_an_extension_of_their_format(name: str) -> None:
    assert FORMATS[extension_for(name)] == name


def test_public_names_are_sorted_and_there() -> None:
    constants = [name for name in translate.images.__all__ if name.isupper()]
    classes = [name for name in translate.images.__all__ if name[0].isupper()][len(constants) :]
    functions = [name for name in translate.images.__all__ if name.islower()]
    assert translate.images.__all__ == sorted(constants) + sorted(classes) + sorted(functions)
    for name in translate.images.__all__:
        assert getattr(translate.images, name) is not None


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = translate.images.nothing


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import translate.images", ("numpy", "PIL", "torch")),
        ("from translate.images import probe, plan_tiles", ("torch",)),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, absent: tuple[str, ...]) -> None:
    check = f"{code}; import sys; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
