"""What a stranger's stage declares wrongly is one line that names what is wrong."""

from __future__ import annotations

import pytest

from translate import Contract, InputError, Stage, Store, WeightsError
from translate.errors import PluginError
from translate.pipeline.ask import contract_of, size_after


class Odd(Stage):
    """A stage that declares whatever a test tells it to."""

    name = "odd"
    does: object

    def contract(self, store):
        if isinstance(self.does, Exception):
            raise self.does
        return self.does

    def output_size(self, height, width):
        return self.contract(None)

    def load(self, ctx):
        return lambda batch: batch


@pytest.mark.parametrize(
    ("does", "says"),
    [
        (KeyError("x"), "KeyError: 'x'"),
        ({"halo": 0}, "is a dict, not a translate.Contract"),
        (None, "is a NoneType"),
    ],
)
def test_a_broken_contract_is_a_plugin_error(does, says):
    with pytest.raises(PluginError, match=says):
        contract_of(Odd(does=does), Store())


def test_what_a_stage_says_of_its_weights_is_let_through():
    with pytest.raises(WeightsError, match=r"^not here$"):
        contract_of(Odd(does=WeightsError("not here")), Store())


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"needs": ("imag",)}, "no slot is called 'imag'; there are image, mask"),
        ({"gives": ("masks",)}, "no slot is called 'masks'"),
        ({"channels": (4,)}, "channels are 1 or 3"),
        ({"channels_out": 2}, "channels are 1 or 3"),
        ({"multiple_of": 0}, "at least 1"),
        ({"min_size": 0}, "at least 1"),
        ({"halo": -1}, "at least 0"),
    ],
)
def test_a_contract_that_no_picture_fits_is_refused(fields, says):
    with pytest.raises(ValueError, match=says):
        Contract(**fields)


@pytest.mark.parametrize("does", [ZeroDivisionError("no"), (1.5, 2.0), (3,), None, "ab"])
def test_a_broken_size_names_the_stage(does):
    with pytest.raises(InputError, match="stage 'odd': output_size"):
        size_after(Odd(does=does), 3, 4)


def test_a_size_that_a_stage_refuses_in_words_is_let_through():
    with pytest.raises(ValueError, match=r"^too small$"):
        size_after(Odd(does=ValueError("too small")), 3, 4)
    assert size_after(Odd(does=[6, 8]), 3, 4) == (6, 8)
